import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/event.ts';
import { newStore } from './store-adapter.ts';
import type { Store, StoreAdapter } from './store-adapter.ts';
import { alert, batch, eventsIn, idsIn, observation } from './store-fixtures.ts';
import type { Given } from './store-fixtures.ts';

/** EventStore: the same access seen twice is one event. */
export function duplicatesSuite(adapter: StoreAdapter): void {
  describe('duplicates', () => {
    const first = observation({ id: 'a', at: '2025-03-15T02:00:00Z', offset: 100 });

    it.each<[string, Given, readonly [number, number, number]]>([
      ['the same event', { id: 'a', at: '2025-03-15T02:00:00Z' }, [0, 1, 0]],
      ['by another device, a moment later', { id: 'a', at: '2025-03-15T02:00:00.004Z', source: 'socket' }, [0, 1, 0]],
      ['by another device, minutes later', { id: 'a', at: '2025-03-15T02:05:00Z' }, [0, 1, 0]],
      ['by another device, minutes before', { id: 'a', at: '2025-03-15T01:55:00Z' }, [0, 1, 0]],
      [
        'with another reason and address',
        { id: 'a', at: '2025-03-15T02:00:00Z', reason: 'x', address: 'y' },
        [0, 1, 0],
      ],
      ['another event', { id: 'b', at: '2025-03-15T02:00:00Z' }, [1, 0, 0]],
      ['another actor', { id: 'a', at: '2025-03-15T02:00:00Z', actor: 'person:eve@acme.example' }, [0, 0, 1]],
      ['no actor', { id: 'a', at: '2025-03-15T02:00:00Z', actor: null }, [0, 0, 1]],
      ['another secret', { id: 'a', at: '2025-03-15T02:00:01Z', secret: 'vault:eu/secret/other' }, [0, 0, 1]],
      ['another outcome', { id: 'a', at: '2025-03-15T02:00:00Z', outcome: 'failure' }, [0, 0, 1]],
    ])('%s', async (_, given, [stored, duplicates, conflicts]) => {
      const { store, reopen } = await newStore(adapter);
      await store.commit(batch({ observations: [first] }));
      const receipt = { stored, duplicates, conflicts };
      expect(await store.commit(batch({ observations: [observation(given)] }))).toStrictEqual(receipt);
      expect(await eventsIn(store)).toHaveLength(1 + stored);
      expect((await eventsIn(store))[0]?.observation.event.whosaw.origin.source).toBe('vault-file');
      // A restart knows as much as the process that wrote.
      const again = await reopen();
      const third = { stored: 0, duplicates: stored + duplicates, conflicts };
      expect(await again.commit(batch({ observations: [observation(given)] }))).toStrictEqual(third);
      expect(await idsIn(again)).toHaveLength(1 + stored);
    });

    it('are found within one batch', async () => {
      const { store } = await newStore(adapter);
      const conflict = observation({ id: 'a', at: '2025-03-15T02:00:00Z', outcome: 'failure' });
      const receipt = await store.commit(batch({ observations: [first, first, conflict] }));
      expect(receipt).toStrictEqual({ stored: 1, duplicates: 1, conflicts: 1 });
      expect((await eventsIn(store))[0]?.observation).toStrictEqual(first);
    });

    it('are found when an old file is read again, whatever was read between', async () => {
      const { store } = await newStore(adapter);
      const days = Array.from({ length: 40 }, (_, day) =>
        Array.from({ length: 20 }, (_, number) =>
          observation({ id: `${day}/${number}`, at: new Date(Date.UTC(2025, 0, 1 + day, number)).toISOString() }),
        ),
      );
      for (const observations of days) await store.commit(batch({ observations }));
      const everything = { stored: 0, duplicates: 800, conflicts: 0 };
      expect(await store.commit(batch({ observations: days.flat() }))).toStrictEqual(everything);
      for (const observations of days.toReversed()) {
        expect(await store.commit(batch({ observations }))).toStrictEqual({ ...everything, duplicates: 20 });
      }
    });

    it('that contradict are kept as rejections, once for each place', async () => {
      const { store } = await newStore(adapter);
      const contradiction = observation({ id: 'a', at: '2025-03-15T02:00:00Z', outcome: 'failure', offset: 900 });
      const elsewhere = observation({ id: 'a', at: '2025-03-15T02:00:00Z', outcome: 'failure', source: 'socket' });
      await store.commit(batch({ observations: [first] }));
      for (let time = 0; time < 2; time++) {
        const receipt = await store.commit(batch({ observations: [contradiction, elsewhere] }));
        expect(receipt).toStrictEqual({ stored: 0, duplicates: 0, conflicts: 2 });
      }
      const sources = await store.sources();
      expect(sources.map(({ source, events, rejected }) => [source, events, rejected])).toStrictEqual([
        ['socket', 0, 1],
        ['vault-file', 1, 1],
      ]);
    });

    it('leave alone an event of the same id at a time far away, as no source has', async () => {
      const { store } = await newStore(adapter);
      const observations = ['02:00', '02:10', '04:00'].map((time) =>
        observation({ id: 'a', at: `2025-03-15T${time}:00Z` }),
      );
      expect((await store.commit(batch({ observations }))).stored).toBe(3);
      expect((await store.commit(batch({ observations }))).duplicates).toBe(3);
    });

    it('do not depend on how batches are cut, sent or sent again', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(someEvent(), { minLength: 1, maxLength: 25 }),
          fc.array(fc.nat(24), { maxLength: 6 }),
          fc.boolean(),
          async (observations, cuts, inFlight) => {
            const whole = await newStoreOf(adapter, [observations], false);
            const parts = await newStoreOf(adapter, cutAt(observations, cuts), inFlight);
            expect(parts).toStrictEqual(whole);
          },
        ),
        { numRuns: 12 },
      );
    });
  });
}

/** Few ids, times in and out of reach, a few contradictions. */
function someEvent(): fc.Arbitrary<Observation> {
  return fc
    .record({
      id: fc.constantFrom('a', 'b', 'c'),
      at: fc.constantFrom('02:00:00', '02:00:30', '02:04:00', '02:20:00', '05:00:00'),
      actor: fc.constantFrom('person:sam', 'person:eve'),
      offset: fc.nat(5),
      owner: fc.constantFrom('payments', 'web'),
    })
    .map(({ id, at, actor, offset, owner }) =>
      observation({ id, at: `2025-03-15T${at}Z`, actor, offset, secretFacts: { owner } }),
    );
}

function cutAt<T>(items: readonly T[], cuts: readonly number[]): readonly (readonly T[])[] {
  const bounds = [0, ...cuts.map((cut) => Math.min(cut, items.length)).toSorted((a, b) => a - b), items.length];
  return bounds.slice(1).map((end, index) => items.slice(bounds[index], end));
}

/** What a store shows after these batches, and again after all of them a second time. */
async function newStoreOf(
  adapter: StoreAdapter,
  parts: readonly (readonly Observation[])[],
  inFlight: boolean,
): Promise<unknown> {
  const { store, remove } = await adapter.create();
  const commit = async (): Promise<void> => {
    const commits: Promise<unknown>[] = [];
    for (const observations of parts) {
      const done = store.commit(batch({ observations, alerts: [alert('aa')] }));
      commits.push(done);
      if (!inFlight) await done;
    }
    await Promise.all(commits);
  };
  await commit();
  const once = await shown(store);
  await commit();
  expect(await shown(store)).toStrictEqual(once);
  await remove();
  return once;
}

async function shown(store: Store): Promise<unknown> {
  return {
    events: await eventsIn(store),
    sources: await store.sources(),
    secrets: await store.secrets('db-password', 10),
    alerts: await store.alerts({ limit: 10 }),
  };
}
