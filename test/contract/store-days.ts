import { describe, expect, it } from 'vitest';
import type { DayStore } from '../../src/core/days.ts';
import { newStore } from './store-adapter.ts';
import type { Store, StoreAdapter, StoreUnderTest } from './store-adapter.ts';
import { PASSWORD, batch, eventId, idsIn, observation } from './store-fixtures.ts';

type DaysStore = Store & DayStore;

const DAY_MS = 86_400_000;
const FIRST = Date.parse('2025-03-15T00:00:00Z') / DAY_MS;
const DELETION = { atMs: 7, setting: '400d' };

/** A store, and then the same after a restart. */
async function* andReopened({ store, reopen }: StoreUnderTest<DaysStore>): AsyncGenerator<DaysStore> {
  yield store;
  yield await reopen();
}

/** DayStore: old days are moved into sealed files, and deleted in the end. */
export function daysSuite(adapter: StoreAdapter<DaysStore>): void {
  describe('days', () => {
    const given = ['2025-03-15T00:00:00Z', '2025-03-15T23:59:59.999999Z', '2025-03-16T00:00:00Z'].map((at, index) =>
      observation({ id: `${index}`, at }),
    );
    const [a, b, c] = given.map(({ event }) => event.event.id);

    it('begin at midnight UTC, and are told apart', async () => {
      const under = await newStore(adapter);
      const { store } = under;
      await store.commit(batch({ observations: given }));
      expect(await store.days()).toMatchObject([
        { day: FIRST, open: 2, sealed: 0, files: 0 },
        { day: FIRST + 1, open: 1, sealed: 0 },
      ]);
      expect(await store.sealDay(FIRST)).toBe(2);
      for await (const each of andReopened(under)) {
        expect(await each.days()).toMatchObject([
          { day: FIRST, open: 0, sealed: 2, files: 1 },
          { day: FIRST + 1, open: 1, sealed: 0, files: 0, bytes: 0 },
        ]);
        expect(await idsIn(each)).toStrictEqual([a, b, c]);
      }
    });

    it('that are sealed take in what comes late, once', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: given }));
      await store.sealDay(FIRST);
      const late = observation({ id: 'late', at: '2025-03-15T12:00:00Z' });
      const receipt = await store.commit(batch({ observations: [late, ...given] }));
      expect(receipt).toStrictEqual({ stored: 1, duplicates: 3, conflicts: 0 });
      const ids = [a, late.event.event.id, b, c];
      expect(await idsIn(store)).toStrictEqual(ids);
      expect(await store.sealDay(FIRST)).toBe(1);
      expect(await idsIn(store)).toStrictEqual(ids);
      expect(await store.sealDay(FIRST)).toBe(0);
      expect((await store.commit(batch({ observations: [late] }))).duplicates).toBe(1);
      expect((await store.days())[0]).toMatchObject({ open: 0, sealed: 3 });
    });

    it.each([false, true])('are deleted with all that is in them, which is recorded (sealed: %s)', async (isSealed) => {
      const under = await newStore(adapter);
      const { store } = under;
      await store.commit(batch({ observations: given }));
      if (isSealed) await store.sealDay(FIRST);
      await store.commit(batch({ observations: [observation({ id: 'late', at: '2025-03-15T12:00:00Z' })] }));
      expect(await store.deleteDay({ day: FIRST, ...DELETION })).toStrictEqual({ day: FIRST, events: 3, ...DELETION });
      const all = [-Infinity, Infinity] as const;
      for await (const each of andReopened(under)) {
        expect(await idsIn(each)).toStrictEqual([c]);
        expect((await each.days()).map(({ day }) => day)).toStrictEqual([FIRST + 1]);
        expect(await each.deletions(all)).toStrictEqual([{ day: FIRST, events: 3, ...DELETION }]);
        expect(await each.accesses({ secret: PASSWORD, fromUs: 0, toUs: Number.MAX_SAFE_INTEGER })).toMatchObject([
          { count: 1 },
        ]);
        // What was counted stays counted.
        expect((await each.sources())[0]?.events).toBe(4);
      }
    });

    it('that were deleted are told of by the range that touches them', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: given }));
      for (const day of [FIRST + 1, FIRST]) await store.deleteDay({ day, ...DELETION });
      const midnight = (FIRST + 1) * DAY_MS * 1_000;
      const daysIn = async (from: number, to: number): Promise<readonly number[]> =>
        (await store.deletions([from, to])).map(({ day }) => day - FIRST);
      expect(await daysIn(midnight - 1, midnight)).toStrictEqual([0, 1]);
      expect(await daysIn(midnight, midnight)).toStrictEqual([1]);
      expect(await daysIn(0, midnight - 1)).toStrictEqual([0]);
      expect(await daysIn(midnight * 2, midnight * 3)).toStrictEqual([]);
    });

    it('are sealed while commits go on', async () => {
      const { store } = await newStore(adapter);
      const events = (from: number): readonly string[] => Array.from({ length: 40 }, (_, index) => `${from + index}`);
      const commit = (from: number): Promise<unknown> =>
        store.commit(
          batch({ observations: events(from).map((id) => observation({ id, at: '2025-03-15T12:00:00Z' })) }),
        );
      await commit(0);
      const commits: Promise<unknown>[] = [];
      let sealed = 0;
      for (let from = 20; from < 200; from += 20) {
        commits.push(commit(from));
        sealed += await store.sealDay(FIRST);
      }
      await Promise.all(commits);
      sealed += await store.sealDay(FIRST);
      expect(sealed).toBe(220);
      const expected = Array.from({ length: 220 }, (_, index) => eventId(`${index}`));
      expect((await idsIn(store)).toSorted()).toStrictEqual(expected.toSorted());
    });
  });
}
