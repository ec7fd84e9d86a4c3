import { describe, expect, it } from 'vitest';
import { parseTimeUs } from '../../src/lib/time.ts';
import { newStore } from './store-adapter.ts';
import type { Store, StoreAdapter } from './store-adapter.ts';
import { alert, batch } from './store-fixtures.ts';

/** NotificationStore, and the alerts of AccessReader. */
export function alertsSuite(adapter: StoreAdapter): void {
  const one = alert('aa1');
  const key = { alertId: one.id, sink: 'slack' };
  const idsOf = async (store: Store): Promise<readonly string[]> =>
    (await store.alerts({ limit: 10 })).map((stored) => stored.alert.id);

  describe('alerts', () => {
    it('keep their highest version, whatever comes when', async () => {
      const { store, reopen } = await newStore(adapter);
      await store.commit(batch({ alerts: [{ ...one, version: 2, count: 5 }, { ...one, version: 3, count: 8 }, one] }));
      await store.commit(batch({ alerts: [{ ...one, version: 2, why: 'an older one' }] }));
      expect((await store.alerts({ limit: 9 }))[0]?.alert).toStrictEqual({ ...one, version: 3, count: 8 });
      await store.commit(batch({ alerts: [{ ...one, version: 4, superseded_by: 'bb' }] }));
      const stored = await (await reopen()).alerts({ limit: 9 });
      expect(stored).toStrictEqual([{ alert: { ...one, version: 4, superseded_by: 'bb' }, notifications: [] }]);
    });

    it('are listed newest opening first, up to a limit', async () => {
      const { store } = await newStore(adapter);
      const alerts = [3, 1, 2].map((hour) => alert(`a${hour}`, { opened: `2025-03-15T0${hour}:00:00Z` }));
      await store.commit(batch({ alerts }));
      expect(await idsOf(store)).toStrictEqual([alert('a3').id, alert('a2').id, alert('a1').id]);
      expect((await store.alerts({ limit: 2 })).map((stored) => stored.alert.id)).toHaveLength(2);
    });

    it('are found by the first characters of their id, taken literally', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ alerts: [alert('aa1'), alert('aa2'), alert('b')] }));
      const found = async (id: string): Promise<number> => (await store.alerts({ id, limit: 10 })).length;
      expect(await found('aa')).toBe(2);
      expect(await found(alert('aa2').id)).toBe(1);
      expect(await found('a%')).toBe(0);
      expect(await found(`' OR true --`)).toBe(0);
    });

    it('are found by whole ids, however many', async () => {
      const { store } = await newStore(adapter);
      const alerts = [alert('aa1'), alert('aa2'), alert('b')];
      await store.commit(batch({ alerts }));
      const found = async (ids: readonly string[]): Promise<readonly string[]> =>
        (await store.alerts({ ids, limit: 10 })).map((stored) => stored.alert.id).toSorted();
      expect(await found([alert('b').id, alert('aa1').id])).toStrictEqual([alert('aa1').id, alert('b').id]);
      expect(await found(['aa'])).toStrictEqual([]);
      expect(await found([])).toStrictEqual([]);
    });

    it('are found by time where they were open then', async () => {
      const { store } = await newStore(adapter);
      const at = (minute: number): string => `2025-03-15T02:${String(minute).padStart(2, '0')}:00Z`;
      const us = (minute: number): number => parseTimeUs(at(minute)) ?? 0;
      const episode = (id: string, first: number, last: number) =>
        alert(id, { first: at(first), opened: at(first), last: at(last) });
      await store.commit(batch({ alerts: [episode('a', 0, 10), episode('b', 20, 30), episode('c', 5, 40)] }));
      const found = async (since?: number, until?: number): Promise<readonly string[]> => {
        const question = {
          ...(since === undefined ? {} : { sinceUs: us(since) }),
          ...(until === undefined ? {} : { untilUs: us(until) }),
        };
        return (await store.alerts({ ...question, limit: 10 })).map((stored) => stored.alert.id[0] ?? '').toSorted();
      };
      expect(await found(11)).toStrictEqual(['b', 'c']);
      expect(await found(undefined, 4)).toStrictEqual(['a']);
      expect(await found(10, 19)).toStrictEqual(['a', 'c']);
      expect(await found(41)).toStrictEqual([]);
    });
  });

  describe('notifications', () => {
    it('wait in the order of their arrival, once for each alert and sink', async () => {
      const { store } = await newStore(adapter);
      const keys = ['c', 'a', 'b'].map((id) => ({ alertId: alert(id).id, sink: 'slack' }));
      const alerts = ['a', 'b', 'c'].map((id) => alert(id));
      await store.commit(batch({ alerts, notifications: [...keys, ...keys] }));
      await store.commit(batch({ notifications: [...keys, { alertId: alert('a').id, sink: 'pager' }] }));
      const pending = await store.pending(10);
      expect(pending.map(({ alertId, sink }) => `${alertId[0]} ${sink}`)).toStrictEqual([
        'c slack',
        'a slack',
        'b slack',
        'a pager',
      ]);
      expect(await store.pending(2)).toStrictEqual(pending.slice(0, 2));
      expect(await store.pending(2, 'pager')).toStrictEqual(pending.slice(3));
      expect(await store.pending(2, `' OR ''='`)).toStrictEqual([]);
    });

    it('show the newest version of their alert, also of a superseded one', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ alerts: [one], notifications: [key] }));
      const newest = { ...one, version: 9, superseded_by: 'bb' };
      await store.commit(batch({ alerts: [newest] }));
      expect(await store.pending(10)).toStrictEqual([{ ...key, alert: newest, attempts: 0 }]);
    });

    it.each(['delivered', 'refused'] as const)('that are %s stay so, also after a restart', async (state) => {
      const { store, reopen } = await newStore(adapter);
      await store.commit(batch({ alerts: [one], notifications: [key] }));
      await store.settle(key, { state: 'pending', attempts: 2, reason: 'it was away' });
      await store.settle(key, state === 'refused' ? { state, atMs: 5, reason: 'no such channel' } : { state, atMs: 5 });
      const again = await reopen();
      await again.commit(batch({ alerts: [{ ...one, version: 2 }], notifications: [key] }));
      await again.settle(key, { state: 'pending', attempts: 9, reason: 'too late' });
      expect(await again.pending(10)).toStrictEqual([]);
      const reason = state === 'refused' ? { reason: 'no such channel' } : {};
      expect((await again.alerts({ limit: 1 }))[0]?.notifications).toStrictEqual([
        { sink: 'slack', state, attempts: 2, ...reason },
      ]);
    });

    it('that failed wait on, with their attempts', async () => {
      const { store, reopen } = await newStore(adapter);
      await store.commit(batch({ alerts: [one], notifications: [key, { ...key, sink: 'file' }] }));
      await store.settle(key, { state: 'pending', attempts: 3, reason: `it's "away"` });
      await store.settle({ alertId: 'unknown', sink: 'slack' }, { state: 'delivered', atMs: 1 });
      const again = await reopen();
      expect((await again.pending(10)).map(({ sink, attempts }) => [sink, attempts])).toStrictEqual([
        ['slack', 3],
        ['file', 0],
      ]);
      expect((await again.alerts({ limit: 1 }))[0]?.notifications[0]?.reason).toBe(`it's "away"`);
    });
  });
}
