import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { askLocal } from '../../src/server/ask-local.ts';
import { vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw, type Running } from './whosaw.ts';

const CONFIG = `
rules: [rules.yml]
lateness: 1s
sources: { vault: { type: vault, cluster: eu, file: audit.log } }
store: { path: store }
socket: { path: s }
sinks: { file: { type: file, path: told.ndjson } }
`;
const rules = (least: number): string => `title: A read
name: read
detection:
  read: { whosaw.access.kind: read, event.outcome: success }
  condition: read
---
title: Nobody read
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0c01
status: stable
level: high
correlation:
  type: silence
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 1h
  history: 12h
  condition: { gte: ${least} }
---
title: Many reads
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0c02
status: stable
level: high
correlation:
  type: anomaly
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 1h
  history: 12h
  settle: 2h
  condition: { gte: 5 }
---
title: Two reads and no third
id: 5a7b1d3e-0f5c-4f0e-9a55-0c3c1f1f0c03
status: stable
level: high
correlation:
  type: event_count
  rules: [read]
  group-by: [whosaw.actor.id]
  timespan: 10m
  condition: { eq: 2 }
`;
const HOUR_MS = 3_600_000;
/** The beginning of an hour, long past. */
const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 20 * HOUR_MS;
const folder = folderWith({ 'whosaw.yaml': CONFIG, 'rules.yml': rules(8), 'audit.log': log() });
const within = { timeout: 30_000, interval: 50 };
let up: Running | undefined;

/** Once in each of ten hours, twice in a minute in the third, and seven times in the last. */
function log(): string {
  const hours = [0, 1, 2, 2.01, 3, 4, 5, 6, 7, 8, ...[0, 1, 2, 3, 4, 5, 6].map((minute) => 9 + minute / 60)];
  return hours.map((hour) => read(START_MS + hour * HOUR_MS)).join('');
}

function read(atMs: number): string {
  return vaultRead({ time: new Date(atMs).toISOString(), id: `r${atMs}` });
}

async function alerts(): Promise<readonly Alert[]> {
  const asked = await askLocal(folder.at('s'));
  try {
    const found = (await asked?.alerts({ limit: 100 })) ?? [];
    return found.map(({ alert }) => alert).filter(({ superseded_by: by }) => by === undefined);
  } finally {
    asked?.close();
  }
}

async function titles(): Promise<readonly string[]> {
  return (await alerts()).map(({ rule }) => rule.title).toSorted();
}

async function run(): Promise<Running> {
  const running = start(['up', '-c', folder.at('whosaw.yaml')]);
  await vi.waitUntil(() => running.stderr().includes('"msg":"Running."'), within);
  return running;
}

afterEach(async () => {
  await up?.end('SIGKILL');
});
afterAll(() => folder.remove());

it('says of an old log what scan says, once, whatever happens to it', async () => {
  up = await run();
  await expect.poll(titles, within).toEqual(['Many reads', 'Nobody read', 'Two reads and no third']);
  const before = await alerts();
  const scanned = await whosaw([
    'scan',
    folder.at('audit.log'),
    '--rules',
    folder.at('rules.yml'),
    '--cluster',
    'eu',
    '--quiet',
  ]);
  const ids = jsonLines(scanned.stdout).map(({ id }) => id);
  // The end of the log is the end of the world for scan; here the clock goes on.
  expect(
    before
      .filter(({ rule }) => rule.title !== 'Nobody read')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(ids.toSorted());
  expect(before.find(({ rule }) => rule.title === 'Nobody read')?.why).toMatch(
    /^nothing for 5 times 1h since .*; came in 10 of the 12 before$/,
  );
  await up.end('SIGKILL');
  up = await run();
  appendFileSync(folder.at('audit.log'), read(START_MS + 10.5 * HOUR_MS));
  await expect.poll(titles, within).toEqual(['Many reads', 'Nobody read', 'Two reads and no third']);
  await expect
    .poll(async () => (await alerts()).find(({ rule }) => rule.title === 'Nobody read')?.why, within)
    .toContain(`since ${new Date(START_MS + 10.5 * HOUR_MS).toISOString().replace('.000', '')}`);
  // Who heard of a silence hears of the other that it became, no more.
  const told = jsonLines(readFileSync(folder.at('told.ndjson'), 'utf8')) as unknown as readonly Alert[];
  expect(new Set(told.filter(({ superseded_by: by }) => by === undefined).map(({ rule }) => rule.title)).size).toBe(3);
  expect(told.filter(({ rule }) => rule.title === 'Nobody read')).toHaveLength(1);
});

it('takes a changed rule over while it runs', async () => {
  up = await run();
  const running = up;
  let turn = 0;
  // Its first look at the files may be later than ours.
  await vi.waitUntil(
    () => {
      turn += 1;
      writeFileSync(folder.at('rules.yml'), `${rules(12)}# ${turn}\n`);
      return running.stderr().includes('Took other rules');
    },
    { timeout: 30_000, interval: 2_000 },
  );
  await expect.poll(titles, within).toEqual(['Many reads', 'Two reads and no third']);
  writeFileSync(folder.at('rules.yml'), rules(8));
  await expect.poll(titles, within).toEqual(['Many reads', 'Nobody read', 'Two reads and no third']);
});
