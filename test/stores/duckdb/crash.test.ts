import { rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import type { DuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { newFolder } from './adapter.ts';
import { killed, linesOf, startChild } from './children.ts';
import { EVENTS_PER_BATCH } from './numbered-batch.ts';

const IN_FLIGHT = 3;

describe('kill -9', () => {
  // Each run goes on where the one before was killed. The log is moved into the file at about every sixteenth batch.
  it('loses nothing that was acknowledged, and leaves no batch in parts', async () => {
    const path = newFolder();
    onTestFinished(() => rmSync(path, { recursive: true }));
    let first = 0;
    for (const { batches, delayMs } of KILLS) {
      const acknowledged = await commitUntilKilled(path, first + batches, delayMs);
      const store = await openDuckdbStore({ path });
      const last = await lastWholeBatch(store);
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      expect(last).toBeLessThanOrEqual(acknowledged + IN_FLIGHT);
      await store.close();
      first = last + 1;
    }
  }, 180_000);
});

/** After how many acknowledged batches, and how long after the last of them. */
const KILLS = [
  { batches: 0, delayMs: 0 },
  { batches: 1, delayMs: 15 },
  { batches: 15, delayMs: 0 },
  { batches: 15, delayMs: 30 },
  { batches: 15, delayMs: 90 },
  { batches: 4, delayMs: Math.floor(Math.random() * 100) },
];

/** The last number that the child was told to be durable. */
async function commitUntilKilled(path: string, number: number, delayMs: number): Promise<number> {
  const child = startChild('commit', path);
  let acknowledged = -1;
  for await (const line of linesOf(child)) {
    acknowledged = Number(line);
    if (acknowledged === number) setTimeout(() => void killed(child), delayMs);
  }
  expect(acknowledged).toBeGreaterThanOrEqual(number);
  return acknowledged;
}

/** The number up to which all is there; fails where a batch is there in parts. */
async function lastWholeBatch(store: DuckdbStore): Promise<number> {
  const { checkpoints, marks } = await store.load();
  const last = Number(checkpoints[0]?.checkpoint);
  const counts = new Map<string, number>();
  for await (const page of store.events({})) {
    for (const { observation } of page) {
      const minute = observation.event['@timestamp'].slice(0, 16);
      counts.set(minute, (counts.get(minute) ?? 0) + 1);
    }
  }
  expect([...counts.values()]).toStrictEqual(Array(last + 1).fill(EVENTS_PER_BATCH));
  expect(marks.map(({ day }) => day)).toStrictEqual([...Array(last + 1).keys()]);
  expect((await store.alerts({ limit: 9 })).map(({ alert }) => alert.version)).toStrictEqual([last + 1]);
  expect(await store.pending(1_000)).toHaveLength(last + 1);
  expect((await store.sources())[0]?.events).toBe((last + 1) * EVENTS_PER_BATCH);
  return last;
}
