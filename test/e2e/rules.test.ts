import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { folderWith, jsonLines, whosaw, type Ended } from './whosaw.ts';

const ID = '5a6bd645-6318-4a44-bfcf-0b10afb94bfc';
const RULE = `title: Read of a break-glass secret
id: ${ID}
status: stable
level: critical
tags: [attack.credential-access, attack.t1555.006]
falsepositives: [An emergency]
logsource: { category: secret_access }
detection:
  read:
    whosaw.access.kind: read
    whosaw.secret.id|contains: /break-glass/
  planned:
    whosaw.expected.schedule: true
  condition: read and not planned
tests:
  given:
    whosaw.access.kind: read
    whosaw.secret.id: vault:eu/secret/break-glass/root
  fires:
    one read:
      - {}
  quiet:
    a planned one:
      - { whosaw.expected.schedule: true }
`;
const folder = folderWith({
  'good.yml': RULE,
  'doubtful.yml': RULE.replace(/^tests:[^]*/m, ''),
  'broken.yml': RULE.replace('  read:\n', '  read:\n    event.action|all: [read, list]\n'),
  'unreadable.yml': 'title: [',
});
afterAll(folder.remove);

describe.concurrent('rules lint', () => {
  it('is content with the shipped pack where nothing is named', async () => {
    const { code, stdout, stderr } = await whosaw(['rules', 'lint'], { cwd: folder.path });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d\d+ rules: 0 errors, 0 warnings, \d+ notes?$/m);
  });

  it.each([
    ['good.yml', [], 0, '1 rule: 0 errors, 0 warnings, 0 notes'],
    ['doubtful.yml', [], 0, ':1:1: warning: no `tests`: nothing shows when it fires [untested]'],
    ['doubtful.yml', ['--strict'], 1, '0 errors, 1 warning, 0 notes'],
    ['broken.yml', [], 1, ':10:5: error: no event can meet the condition: `event.action|all: read, list` contradicts'],
    ['unreadable.yml', [], 1, ':1:9: error: '],
  ])('of %s %j ends with %i', async (file, options, code, text) => {
    const ended = await whosaw(['rules', 'lint', folder.at(file), ...options]);
    expect(ended).toMatchObject({ code, stderr: '' });
    expect(ended.stdout).toContain(text);
  });

  it('gives programs JSON', async () => {
    const { stdout } = await whosaw(['rules', 'lint', folder.at('doubtful.yml'), '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: folder.at('doubtful.yml'),
        line: 1,
        column: 1,
        level: 'warning',
        check: 'untested',
        message: 'no `tests`: nothing shows when it fires',
      },
    ]);
  });

  it('refuses each of many hostile files with its place, in one go', async () => {
    const rule = (line: string): string =>
      `title: T\nid: ${randomUUID()}\ndetection:\n  a:\n    ${line}\n  condition: a\n`;
    const hostile = folderWith({
      'syntax.yml': 'title: [\n  - a: {',
      'modifier.yml': rule('x|contians: 1'),
      'twice.yml': rule('x: 1\n    x: 2'),
      'catastrophic.yml': rule("x|re: '(a+)+\\1'"),
      'large.yml': `a: ${'x'.repeat(10_000_000)}`,
      'aliases.yml': `a: &a [x]\n${Array.from({ length: 20 }, (_, n) => `b${n}: &b${n} [${`*${n === 0 ? 'a' : `b${n - 1}`}, `.repeat(9)}]\n`).join('')}`,
      'deep.yml': '['.repeat(100_000),
      'bytes.yml': '\u0000\u001b[31m\uFFFD',
      'circle.yml': `title: A\nname: a\nid: ${randomUUID()}\ncorrelation: { type: event_count, rules: [a], timespan: 5m, condition: { gte: 2 } }`,
    });
    const { code, stdout, stderr } = await whosaw(['rules', 'lint', hostile.path]);
    hostile.remove();
    expect([code, stderr]).toEqual([1, '']);
    const named = Array.from(stdout.matchAll(/(\w+)\.yml:\d+:\d+: error: /g), ([, name]) => name);
    expect(new Set(named)).toEqual(
      new Set(['syntax', 'modifier', 'twice', 'catastrophic', 'large', 'aliases', 'deep', 'bytes', 'circle']),
    );
    expect(stdout).not.toContain('\u001b');
  });

  it('ends with 2 where it can not run', async () => {
    const { code, stderr } = await whosaw(['rules', 'lint', folder.at('nowhere')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^whosaw: Rules at .*nowhere cannot be read/);
  });
});

describe.concurrent('rules new', () => {
  it('writes a file whose tests pass, and never over another', async () => {
    const file = folder.at('new-rule_of-mine.yml');
    const made = await whosaw(['rules', 'new', file]);
    expect(made).toMatchObject({ code: 0, stdout: `${file}\nnext  whosaw rules test ${file}\n` });
    const listed = await whosaw(['rules', 'list', file, '--format', 'json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { title: 'New rule of mine', type: 'single', attack: ['T1555.006'] },
    ]);
    expect((await whosaw(['rules', 'test', file])).stdout).toBe('4 passed, 0 failed\n');
    const again = await whosaw(['rules', 'new', file]);
    expect(again).toMatchObject({ code: 2, stderr: `whosaw: ${file} exists already; choose another name.\n` });
  });

  it('refuses a name that would not be read', async () => {
    const { code, stderr } = await whosaw(['rules', 'new', folder.at('rule.txt')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('ends in .yml')]);
  });
});

describe.concurrent('rules list', () => {
  it('shows the shipped pack, and what sleeps where nothing is declared', async () => {
    const { code, stdout } = await whosaw(['rules', 'list'], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^LEVEL +STATUS +TYPE +ATTACK +TITLE +FILE$/m);
    expect(stdout).toMatch(
      /^critical +\w+ +single +T1562\.008 +Vault audit device removed or changed .*vault-device\.yml:1$/m,
    );
    expect(stdout).toContain('usual range: needs networks in expectations');
  });

  it('gives spreadsheets CSV', async () => {
    const { stdout } = await whosaw(['rules', 'list', folder.at('good.yml'), '--format', 'csv']);
    const [head, row] = stdout.split('\n');
    expect(head).toBe('id,title,level,status,type,attack,file,line,inert');
    expect(row).toBe(`${ID},Read of a break-glass secret,critical,stable,single,T1555.006,${folder.at('good.yml')},1,`);
  });
});

describe.concurrent('rules explain', () => {
  const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
  const files = ['--in', `${SAMPLES}/vault-audit.jsonl.gz`, '--expectations', `${SAMPLES}/expectations.yaml`];
  const explain = (id: string, ...more: readonly string[]): Promise<Ended> =>
    whosaw(['rules', 'explain', id, ...files, ...more], { cwd: folder.path });

  it('says of an alert what held, and what would have kept the rule quiet here', async () => {
    const scanned = await whosaw(['scan', ...files.slice(1), '--quiet'], { cwd: folder.path });
    const alert = jsonLines(scanned.stdout).find(({ rule }) => JSON.stringify(rule).includes('usual range'));
    const id = String(alert?.['id']);
    const { code, stdout, stderr } = await explain(id.slice(0, 10));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Secret read from outside the team's usual range +HIGH +[0-9a-f]{8}$/m);
    expect(stdout).toMatch(/^ {2}quiet {2}would not fire from 203\.0\.113\.0\/24 or 198\.51\.100\.0\/25/m);
    expect(stdout).toMatch(/^ +yes {2}whosaw\.expected\.network: false {3}\(false\)$/m);
    const json = JSON.parse((await explain(id, '--format', 'json')).stdout) as { events: readonly unknown[] };
    expect(json.events[0]).toMatchObject({ holds: true, detections: [{ holds: true, role: 'counted' }] });
  });

  it('says of an event which rules it met, and of the others why not', async () => {
    const events = await whosaw([
      'scan',
      ...files.slice(1),
      '--quiet',
      '--events',
      '-',
      '--rules',
      folder.at('good.yml'),
    ]);
    const read = jsonLines(events.stdout).find((event) => JSON.stringify(event).includes('"kind":"read"'));
    const { id } = (read ?? {})['event'] as { readonly id: string };
    const all = await explain(id);
    expect(all.stdout).toMatch(/^Met by \d+ of \d+ rules/m);
    expect(all.stdout).toContain('`event.outcome: failure` does not hold');
    const one = await explain(id, '--rules', folder.at('good.yml'), '--rule', 'read of a break-glass secret');
    expect(one.stdout).toContain('would hold if `whosaw.secret.id` contains /break-glass/');
  });

  it.each([
    ['an id of nothing', 'ffffffffffff', [], 'There is no alert and no event whose id begins with "ffffffffffff"'],
    ['no id', 'db-password', [], 'An id is 32 hexadecimal digits'],
    ['a file that is not there', 'ffff', ['--expectations', 'nowhere.yaml'], 'nowhere.yaml'],
  ])('refuses %s', async (_, id, more, message) => {
    const { code, stderr } = await explain(id, ...more);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
