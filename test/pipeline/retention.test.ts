import { describe, expect, it } from 'vitest';
import type { StoredDay } from '../../src/core/days.ts';
import { keepDays, planDays, retentionOf, type DayDone } from '../../src/pipeline/retention.ts';
import { batch, idsIn, observation } from '../contract/store-fixtures.ts';
import { MemoryDisk, MemoryStore } from './memory-store.ts';

const DAY_MS = 86_400_000;
const settings = retentionOf({ store: { seal_after: '2d', retention: '5d' } });

function day(number: number, given: Partial<StoredDay> = {}): StoredDay {
  return { day: number, open: 10, sealed: 0, files: 0, bytes: 0, ...given };
}

describe('planDays', () => {
  const days = [day(90), day(94), day(95), day(97, { open: 0, sealed: 9 }), day(98), day(99), day(100)];

  it.each([
    // Day 97 ends where day 98 begins: two days later all of it is older than two days.
    ['all of a day is older', 100 * DAY_MS, [95], [90, 94]],
    ['one millisecond before', 100 * DAY_MS - 1, [94, 95], [90]],
    ['a day later', 101 * DAY_MS, [98], [90, 94, 95]],
  ])('takes days of which all is older: %s', (_, nowMs, seal, gone) => {
    const plan = planDays(days, settings, nowMs);
    expect(plan.seal.map((one) => one.day)).toStrictEqual(seal);
    expect(plan.delete.map((one) => one.day)).toStrictEqual(gone);
  });

  it('deletes nothing without retention', () => {
    const plan = planDays(days, retentionOf({ store: { seal_after: '2d' } }), 101 * DAY_MS);
    expect(plan.delete).toStrictEqual([]);
    expect(plan.seal.map((one) => one.day)).toStrictEqual([90, 94, 95, 98]);
  });
});

describe('keepDays', () => {
  it('seals and deletes what is due, says so, and stops with the signal', async () => {
    const store = new MemoryStore(new MemoryDisk());
    const at = (number: number): string => new Date(number * DAY_MS + 1_000).toISOString();
    await store.commit(batch({ observations: [90, 96, 99].map((n) => observation({ id: `${n}`, at: at(n) })) }));
    const run = async (signal: AbortSignal): Promise<readonly DayDone[]> => {
      const done: DayDone[] = [];
      for await (const one of keepDays(store, settings, 100 * DAY_MS, signal)) done.push(one);
      return done;
    };
    expect(await run(AbortSignal.abort())).toStrictEqual([]);
    expect(await run(new AbortController().signal)).toStrictEqual([
      { what: 'deleted', day: 90, events: 1, atMs: 100 * DAY_MS, setting: '5d' },
      { what: 'sealed', day: 96, events: 1 },
    ]);
    expect(await idsIn(store)).toHaveLength(2);
    expect(await run(new AbortController().signal)).toStrictEqual([]);
  });
});
