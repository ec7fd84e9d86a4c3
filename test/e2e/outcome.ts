import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { AccessReader } from '../../src/core/access-reader.ts';
import type { Alert } from '../../src/core/alert.ts';
import type { EventStore } from '../../src/core/ports.ts';
import { askLocal } from '../../src/server/ask-local.ts';
import { openDuckdbStore } from '../../src/stores/duckdb/open.ts';
import { harvest, vaultRead } from './vault-log.ts';
import { jsonLines, whosaw } from './whosaw.ts';

/** Reads of many kinds over the twenty minutes before `endMs`, with bursts and refusals among them. */
export function generated(endMs: number): string {
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

/** What a run ends in. */
export interface Outcome {
  readonly events: ReadonlyMap<string, string>;
  readonly alerts: readonly Alert[];
}

export async function oneRun(at: (name: string) => string, log: string): Promise<Outcome> {
  const { code, stdout } = await whosaw(['scan', log, '--cluster', 'eu', '--quiet', '--events', at('events.ndjson')]);
  expect(code).toBe(0);
  const events = jsonLines(readFileSync(at('events.ndjson'), 'utf8')).map((event) => JSON.stringify(event));
  return { events: byId(events), alerts: jsonLines(stdout) as unknown as readonly Alert[] };
}

export async function isDone(socket: string, { events, alerts }: Outcome): Promise<boolean> {
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

type Stored = Pick<EventStore, 'events'> & Pick<AccessReader, 'alerts'> & { close(): Promise<void> };
/** A store, of which nobody else needs to run; a text is the embedded store's folder. */
type Where = string | (() => Promise<Stored>);

function opened(where: Where): Promise<Stored> {
  return typeof where === 'string' ? openDuckdbStore({ path: where, readOnly: true }) : where();
}

export async function expectSame(where: Where, expected: Outcome): Promise<void> {
  const store = await opened(where);
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

/** Ids of alerts of the store that somebody was told of: of themselves, or of one that they took over. */
export async function heard(where: Where, told: readonly unknown[]): Promise<ReadonlySet<string>> {
  const store = await opened(where);
  const alerts = new Map((await store.alerts({ limit: 100_000 })).map(({ alert }) => [alert.id, alert]));
  await store.close();
  const known = new Set<string>();
  const tell = (id: string): void => {
    if (known.has(id)) return;
    known.add(id);
    const next = alerts.get(id)?.superseded_by;
    if (next !== undefined) tell(next);
  };
  for (const id of told) if (typeof id === 'string') tell(id);
  return known;
}

export function comparable(alerts: readonly Alert[]): readonly unknown[] {
  return alerts
    .filter((alert) => alert.superseded_by === undefined)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, rule, count, opened, last, continues }) => [id, rule.title, count, opened, last, continues]);
}

/** Numbers below a bound, the same in each run. */
export function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
