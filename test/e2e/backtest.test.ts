import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { harvest, vaultRead } from './vault-log.ts';
import { folderWith, start, whosaw, type Ended } from './whosaw.ts';

const rule = (least: number): string => `title: Many reads
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0b01
status: stable
level: high
correlation:
  type: event_count
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition: { gte: ${least} }
---
title: A read
name: read
detection:
  read: { whosaw.access.kind: read, event.outcome: success }
  condition: read
`;
const END = Date.now() - 3_600_000;
const LOG = [
  harvest(END, { run: 'a', user: 'ana' }),
  ...[1, 2, 3, 4].map((at) =>
    vaultRead({ time: new Date(END + at * 1_000).toISOString(), id: `m${at}`, user: 'mia|x' }),
  ),
].join('');
const folder = folderWith({
  'audit.log': LOG,
  'eight.yml': rule(8),
  'four.yml': rule(4),
  'whosaw.yaml': `rules: [eight.yml]
sources: { vault: { type: vault, file: audit.log } }
store: { path: store }
socket: { path: s }
`,
});
afterAll(folder.remove);
const backtest = (...args: string[]) => whosaw(['backtest', ...args]);

describe.concurrent('over files', () => {
  it('tells what there would be more, and changed nothing of the rest', async () => {
    const args = [folder.at('audit.log'), '--rules', folder.at('four.yml'), '--against', folder.at('eight.yml')];
    const { code, stdout, stderr } = await backtest(...args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('12 events of a day: 1 alerts before, 2 after (1 gained, 0 lost, 0 changed; 2.0 a day)');
    expect(stdout).toMatch(/GAINED 1\n {2}\S+ {2}HIGH {2}Many reads {2}vault:vault\/approle\/mia\|x {2}/);
    expect(stdout).toContain('GAINED BY IDENTITY 1\n     1  vault:vault/approle/mia|x');
  });

  it('is Markdown for a pull request, in which nothing of audit text means something', async () => {
    const args = [folder.at('audit.log'), '--rules', folder.at('four.yml'), '--against', folder.at('eight.yml')];
    const { stdout } = await backtest(...args, '--format', 'markdown');
    expect(stdout).toContain('| gained | ');
    expect(stdout).toContain(' vault\\:vault/approle/mia\\|x |');
  });

  it('fails over the budget of new alerts a day', async () => {
    const args = [folder.at('audit.log'), '--rules', folder.at('four.yml'), '--against', folder.at('eight.yml')];
    expect((await backtest(...args, '--budget', '1')).code).toBe(0);
    const over = await backtest(...args, '--budget', '0.5');
    expect([over.code, over.stderr]).toEqual([1, '1.00 new alerts a day; the budget is 0.5.\n']);
    expect((await backtest(...args, '--budget', 'few')).code).toBe(2);
  });
});

describe('over the store', () => {
  const tried = (): Promise<Ended> =>
    backtest('--rules', folder.at('four.yml'), '-c', folder.at('whosaw.yaml'), '--since', '2d');
  let meanwhile: Ended;

  beforeAll(async () => {
    const up = start(['up', '-c', folder.at('whosaw.yaml')]);
    await vi.waitUntil(() => up.stderr().includes('"msg":"Running."'), { timeout: 30_000 });
    appendFileSync(folder.at('audit.log'), vaultRead({ time: new Date().toISOString(), id: 'last', user: 'last' }));
    await vi.waitUntil(
      async () => (await whosaw(['who', 'db-password', '-c', folder.at('whosaw.yaml')])).stdout.includes('last'),
      { timeout: 30_000, interval: 300 },
    );
    meanwhile = await tried();
    await up.end();
  }, 90_000);

  it('tries rules on what is stored, also while whosaw runs', async () => {
    const { code, stdout } = await tried();
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('13 events of a day: 1 alerts before, 2 after (1 gained'),
    ]);
    expect([meanwhile.code, meanwhile.stdout]).toEqual([code, stdout]);
  });

  it('compares with the rules that the config names', async () => {
    const args = ['--rules', folder.at('eight.yml'), '-c', folder.at('whosaw.yaml'), '--format', 'json'];
    expect(JSON.parse((await backtest(...args)).stdout)).toMatchObject({ events: 13, before: 1, after: 1, gained: [] });
  });
});
