import { describe, expect, it } from 'vitest';
import type { Rejection } from '../../src/core/record.ts';
import { newStore } from './store-adapter.ts';
import type { StoreAdapter } from './store-adapter.ts';
import { batch, observation } from './store-fixtures.ts';

/** EventStore: what a start needs, and what could not become an event. */
export function stateSuite(adapter: StoreAdapter): void {
  describe('state', () => {
    it('is empty at first', async () => {
      const { store } = await newStore(adapter);
      expect(await store.load()).toStrictEqual({ checkpoints: [], marks: [], warmed: [] });
      expect(await store.sources()).toStrictEqual([]);
    });

    it('keeps the last checkpoint of each source', async () => {
      const { store, reopen } = await newStore(adapter);
      const file = { source: 'vault-file', checkpoint: { file: 'audit.log', offset: 1, open: [null, true] } };
      await store.commit(batch({ checkpoints: [file, { source: 'trail', checkpoint: null }] }));
      await store.commit(batch({ checkpoints: [{ ...file, checkpoint: { offset: 2 } }] }));
      expect((await (await reopen()).load()).checkpoints).toStrictEqual([
        { source: 'trail', checkpoint: null },
        { source: 'vault-file', checkpoint: { offset: 2 } },
      ]);
    });

    it('knows of each source how far it was seen, its newest event and its counts', async () => {
      const { store, reopen } = await newStore(adapter);
      const checkpoint = { source: 'vault-file', checkpoint: 1 };
      const newest = observation({ id: 'b', at: '2025-03-15T03:00:00.25Z' });
      await store.commit(
        batch({
          observations: [newest, observation({ id: 'a', at: '2025-03-15T02:00:00Z' }), newest],
          rejections: [rejection({ offset: 5 })],
          checkpoints: [{ ...checkpoint, seenTo: '2025-03-15T03:00:01Z', newestUs: newest.timeUs }],
        }),
      );
      // More to read: what was seen once stays seen.
      await store.commit(batch({ checkpoints: [{ ...checkpoint, newestUs: newest.timeUs - 5 }] }));
      const again = await reopen();
      expect(await again.sources()).toStrictEqual([
        {
          source: 'vault-file',
          seenTo: '2025-03-15T03:00:01Z',
          newest: '2025-03-15T03:00:00.25Z',
          events: 2,
          rejected: 1,
        },
      ]);
      expect((await again.load()).checkpoints).toStrictEqual([
        { ...checkpoint, seenTo: '2025-03-15T03:00:01Z', newestUs: newest.timeUs },
      ]);
    });

    it('replaces marks of the same rule, group and day', async () => {
      const { store, reopen } = await newStore(adapter);
      const hit = (timeUs: number) => ({ timeUs, eventId: 'e'.repeat(32) });
      const mark = { rule: 'r', group: '["a","\u0000"]', day: 20_000, hits: [hit(5)] };
      await store.commit(batch({ marks: [mark, { ...mark, day: 20_001 }, { ...mark, rule: 'r#known' }] }));
      await store.commit(
        batch({
          marks: [
            { ...mark, hits: [hit(3), hit(5)] },
            { ...mark, group: '["b"]', hits: [] },
          ],
        }),
      );
      const { marks } = await (await reopen()).load();
      const byKey = marks.toSorted((a, b) => a.day - b.day || (a.rule + a.group < b.rule + b.group ? -1 : 1));
      expect(byKey).toStrictEqual([
        { ...mark, rule: 'r#known' },
        { ...mark, hits: [hit(3), hit(5)] },
        { ...mark, group: '["b"]', hits: [] },
        { ...mark, day: 20_001 },
      ]);
    });

    it('remembers whose marks are complete', async () => {
      const { store, reopen } = await newStore(adapter);
      await store.markWarmed(['r2', 'r1']);
      await store.markWarmed(['r1', 'r3', 'r3']);
      await store.markWarmed([]);
      expect((await (await reopen()).load()).warmed.toSorted()).toStrictEqual(['r1', 'r2', 'r3']);
    });

    it('counts a rejection once for each place and reason', async () => {
      const { store, reopen } = await newStore(adapter);
      const given = [
        rejection({ offset: 0 }),
        rejection({ offset: 10 }),
        { ...rejection({ offset: 10 }), reason: 'no-time' as const },
        { ...rejection({ offset: 10 }), origin: { source: 'vault-file', file: 'other.log', offset: 10 } },
      ];
      await store.commit(batch({ rejections: [...given, ...given] }));
      await store.commit(batch({ rejections: given }));
      expect((await (await reopen()).sources())[0]?.rejected).toBe(4);
    });

    it('counts every rejection that has no place', async () => {
      const { store } = await newStore(adapter);
      const lost = { ...rejection({}), origin: { source: 'socket' } };
      await store.commit(batch({ rejections: [lost, lost] }));
      await store.commit(batch({ rejections: [lost] }));
      expect(await store.sources()).toStrictEqual([{ source: 'socket', events: 0, rejected: 3 }]);
    });
  });
}

function rejection({ offset }: { readonly offset?: number }): Rejection {
  return {
    origin: { source: 'vault-file', file: 'audit.log', ...(offset === undefined ? {} : { offset }) },
    reason: 'not-json',
    message: `It's "not" JSON; --`,
    length: 10,
    keys: ['a', `'b`],
  };
}
