import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { openDuckdbStore } from '../../src/stores/duckdb/open.ts';
import { askLocal } from '../../src/server/ask-local.ts';
import { describeCorpora } from '../corpora.ts';
import { harvest, vaultRead } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw } from './whosaw.ts';

const CONFIG = `
sources:
  vault: { type: vault, cluster: eu, file: audit.log }
store: { path: store }
socket: { path: s }
sinks:
  file: { type: file, path: alerts.ndjson, level: low }
`;
const KILLS = 10;
const TIMEOUT_MS = 180_000;
const DAY_MS = 86_400_000;

describe('killed again and again, whosaw ends with the events and alerts of one run', () => {
  it('over an old log', () => loop(generated(Date.now() - 10 * DAY_MS)), TIMEOUT_MS);
  it('over a log that is written meanwhile, and rotated', () => loop(generated(Date.now())), TIMEOUT_MS);
});

describeCorpora('killed again and again, over real logs', (corpora) => {
  it(
    'of OpenBao',
    () => loop(gunzipSync(readFileSync(join(corpora, 'vault/openbao/scenario.jsonl.gz'))).toString()),
    TIMEOUT_MS,
  );
});

/** Reads of many kinds over the twenty minutes before `endMs`, with bursts and refusals among them. */
function generated(endMs: number): string {
  const quiet = Array.from({ length: 2_400 }, (_, index) =>
    vaultRead({
      time: new Date(endMs - 1_200_000 + index * 500).toISOString(),
      id: `q-${index}`,
      user: `app-${index % 37}`,
      path: `secret/data/${index % 5 === 0 ? 'production' : 'staging'}/s-${index % 91}`,
      address: `10.0.${index % 7}.${index % 13}`,
      ...(index % 11 === 0 ? { error: 'permission denied' } : {}),
    }),
  );
  const bursts = Array.from({ length: 12 }, (_, index) => {
    const at = 100 + index * 190;
    const run = `b-${index}`;
    return [
      at,
      harvest(endMs - 1_200_000 + at * 500, { run, user: `thief-${index % 5}`, address: `198.51.100.${index}` }),
    ];
  });
  for (const [at, lines] of bursts) quiet[Number(at)] += String(lines);
  return quiet.join('');
}

async function loop(log: string): Promise<void> {
  const folder = folderWith({ 'whosaw.yaml': CONFIG, 'whole.log': log });
  const config = folder.at('whosaw.yaml');
  const expected = await oneRun(folder.at, folder.at('whole.log'));
  expect(expected.alerts.length).toBeGreaterThan(3);
  const random = randoms(log.length);
  const writing = write(log, folder.at('audit.log'), random);
  for (let kill = 0; kill < KILLS; kill++) {
    const up = start(['up', '-c', config]);
    await sleep(400 + random(1_200));
    await up.end('SIGKILL');
  }
  await writing;
  const up = start(['up', '-c', config]);
  try {
    const isSame = (): Promise<boolean> => isDone(folder.at('s'), expected);
    // Without a reason: what differs is shown below.
    await vi.waitUntil(isSame, { timeout: 60_000, interval: 500 }).catch(() => undefined);
  } finally {
    await up.end();
  }
  await expectSame(folder.at('store'), expected);
  const told = new Set(jsonLines(readFileSync(folder.at('alerts.ndjson'), 'utf8')).map(({ id }) => id));
  const open = expected.alerts.filter(
    ({ continues, rule }) => continues === undefined && rule.status !== 'experimental',
  );
  expect(open.filter(({ id }) => !told.has(id))).toEqual([]);
  folder.remove();
}

interface Outcome {
  readonly events: ReadonlyMap<string, string>;
  readonly alerts: readonly Alert[];
}

async function oneRun(at: (name: string) => string, log: string): Promise<Outcome> {
  const { code, stdout } = await whosaw(['scan', log, '--cluster', 'eu', '--quiet', '--events', at('events.ndjson')]);
  expect(code).toBe(0);
  const events = jsonLines(readFileSync(at('events.ndjson'), 'utf8')).map((event) => JSON.stringify(event));
  return { events: byId(events), alerts: jsonLines(stdout) as unknown as readonly Alert[] };
}

/** In pieces that end anywhere; once the file is renamed away, as logrotate does. */
async function write(log: string, file: string, random: (below: number) => number): Promise<void> {
  const bytes = Buffer.from(log);
  const pieces = KILLS * 50;
  let isRotated = false;
  writeFileSync(file, '');
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random((2 * bytes.length) / pieces);
    appendFileSync(file, bytes.subarray(at, end));
    at = end;
    if (!isRotated && at > bytes.length / 2 && bytes[at - 1] === NEWLINE) {
      renameSync(file, `${file}.1`);
      writeFileSync(file, '');
      isRotated = true;
    }
    await sleep(random(40));
  }
}

const NEWLINE = 10;

async function isDone(socket: string, { events, alerts }: Outcome): Promise<boolean> {
  const asked = await askLocal(socket).catch(() => undefined);
  if (asked === undefined) return false;
  try {
    const stored = (await asked.sources()).reduce((sum, source) => sum + source.events, 0);
    if (stored < events.size) return false;
    const found = await asked.alerts({ limit: 100_000 });
    const isTold = found.every(({ notifications }) => notifications.every(({ state }) => state !== 'pending'));
    return isTold && JSON.stringify(comparable(found.map(({ alert }) => alert))) === JSON.stringify(comparable(alerts));
  } finally {
    asked.close();
  }
}

async function expectSame(path: string, expected: Outcome): Promise<void> {
  const store = await openDuckdbStore({ path, readOnly: true });
  const events: string[] = [];
  for await (const page of store.events({}))
    for (const { observation } of page) events.push(JSON.stringify(observation.event));
  const alerts = (await store.alerts({ limit: 100_000 })).map(({ alert }) => alert);
  await store.close();
  expect(events).toHaveLength(expected.events.size);
  expect(byId(events)).toEqual(expected.events);
  expect(comparable(alerts)).toEqual(comparable(expected.alerts));
}

/** What was seen of each event, but for when and where it was read. */
function byId(events: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    events.map((text) => {
      const {
        event,
        whosaw: own,
        ...rest
      } = JSON.parse(text) as { event: { id: string; created?: string }; whosaw: object };
      return [
        event.id,
        JSON.stringify({ ...rest, event: { ...event, created: '' }, whosaw: { ...own, origin: '', record: '' } }),
      ];
    }),
  );
}

function comparable(alerts: readonly Alert[]): readonly unknown[] {
  return alerts
    .filter((alert) => alert.superseded_by === undefined)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, rule, count, opened, last, continues }) => [id, rule.title, count, opened, last, continues]);
}

/** Numbers below a bound, the same in each run. */
function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
