import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it, vi } from 'vitest';
import { folderWith } from './whosaw.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const PAGE = readFileSync(new URL('../../docs/first-rule.md', import.meta.url), 'utf8');
const within = { timeout: 30_000, interval: 50 };
const folder = folderWith();
mkdirSync(folder.at('bin'));
// What npx does where whosaw is installed.
writeFileSync(folder.at('bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
chmodSync(folder.at('bin/npx'), 0o755);

/** The blocks of the page in this language. */
function blocksOf(language: string): readonly string[] {
  const all = Array.from(PAGE.matchAll(/^```(\w*)\n([^]*?)^```$/gm), ([, name, block = '']) => ({ name, block }));
  return all.filter(({ name }) => name === language).map(({ block }) => block);
}

/** A terminal: what was said, and commands that are typed one block after the other. */
class Terminal {
  readonly child: ChildProcess;
  said = '';
  #blocks = 0;

  constructor(cwd: string) {
    this.child = spawn('bash', [], {
      cwd,
      detached: true,
      env: { PATH: `${folder.at('bin')}:${process.env['PATH'] ?? ''}`, TZ: 'Etc/UTC' },
    });
    const listen = (text: Buffer): void => {
      this.said += text.toString();
    };
    this.child.stdout?.on('data', listen);
    this.child.stderr?.on('data', listen);
  }

  /** What the block said, and the code of its last command. */
  async type(block: string): Promise<{ readonly code: number; readonly said: string }> {
    const from = this.said.length;
    const end = `-- end of block ${(this.#blocks += 1)}: `;
    this.child.stdin?.write(`${block}\necho "${end}$?"\n`);
    await vi.waitUntil(() => new RegExp(`${end}\\d+\\n`).test(this.said.slice(from)), within);
    const [said = '', code] = this.said.slice(from).split(end);
    return { code: Number(code), said };
  }

  /** Types a block that goes on. */
  leave(block: string): void {
    this.child.stdin?.write(`${block}\n`);
  }

  /** With all that it runs. */
  close(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
  }
}

const open: Terminal[] = [];
function terminal(cwd: string): Terminal {
  const opened = new Terminal(cwd);
  open.push(opened);
  return opened;
}
afterAll(() => {
  for (const one of open) one.close();
  folder.remove();
});

it('the page about the first rule does what it says, command by command', async () => {
  const blocks = blocksOf('sh');
  const [
    place = '',
    up = '',
    write = '',
    test = '',
    broken = '',
    back = '',
    fire = '',
    why = '',
    change = '',
    again = '',
    past = '',
  ] = blocks;
  expect(blocks).toHaveLength(11);
  const prepared = terminal(folder.path);
  expect((await prepared.type(place)).code).toBe(0);
  const first = terminal(folder.at('first-rule'));
  first.leave(up);
  await expect.poll(() => first.said, within).toContain('"msg":"Running."');
  const second = terminal(folder.at('first-rule'));

  expect((await second.type(write)).code).toBe(0);
  const written = Date.now();
  await expect.poll(() => first.said, within).toContain('Took other rules or expectations over.');
  expect(Date.now() - written).toBeLessThan(5_000);
  expect(withoutId(readFileSync(folder.at('first-rule/rules/break-glass.yml'), 'utf8'))).toBe(
    withoutId(blocksOf('yaml').join()),
  );

  expect(await second.type(test)).toEqual({
    code: 0,
    said: '4 passed, 0 failed\n1 rule: 0 errors, 0 warnings, 0 notes\n',
  });
  const failing = await second.type(broken);
  expect(failing.code).toBe(1);
  expect(failing.said.replaceAll(`${folder.at('first-rule')}/`, '')).toContain(blocksOf('').join());
  expect(await second.type(back)).toEqual({ code: 0, said: '4 passed, 0 failed\n' });

  expect((await second.type(fire)).code).toBe(0);
  await expect.poll(() => first.said, within).toMatch(/MEDIUM {2}Break-glass secret read/);
  const explained = await second.type(why);
  expect(explained.code).toBe(0);
  expect(explained.said).toContain('quiet  would not fire inside a change window');
  expect(explained.said).toMatch(
    /yes {2}whosaw\.secret\.id\|contains: \/break-glass\/ {3}\(vault:eu\/secret\/break-glass\/root\)/,
  );

  const before = countOf(first.said);
  expect((await second.type(change)).code).toBe(0);
  await expect.poll(() => countOf(first.said), within).toBe(before + 1);
  expect((await second.type(again)).code).toBe(0);
  await expect.poll(() => first.said, within).toMatch(/CRITICAL {2}Break-glass secret read/);
  const tried = await second.type(past);
  expect(tried.code).toBe(0);
  expect(tried.said).toContain('Break-glass secret read');
}, 120_000);

function countOf(said: string): number {
  return said.split('Took other rules').length;
}

function withoutId(rule: string): string {
  return rule.replace(/^id: .*$/m, 'id:').replace(/^# yaml-language-server.*\n/, '');
}
