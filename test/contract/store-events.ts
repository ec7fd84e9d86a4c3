import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/event.ts';
import type { EventQuestion } from '../../src/core/access-reader.ts';
import { newStore } from './store-adapter.ts';
import type { StoreAdapter } from './store-adapter.ts';
import { batch, eventId, eventsIn, idsIn, observation } from './store-fixtures.ts';
import type { Given } from './store-fixtures.ts';

/** EventStore: what is committed comes back, in order, by range and by id. */
export function eventsSuite(adapter: StoreAdapter): void {
  describe('events', () => {
    it('come back as they were committed, with the time of the commit', async () => {
      const { store } = await newStore(adapter);
      const given = [
        observation({ id: 'a', at: '2025-03-15T02:36:40.112345678Z', team: 'payments', rules: ['r1'] }),
        observation({ id: 'b', at: '2025-03-15T02:36:41Z', type: 'cloudtrail', secret: null, actor: null, kind: null }),
        observation({
          id: 'c',
          at: '2025-03-15T02:36:42.5Z',
          type: 'keyvault',
          batch: ['x', 'y'],
          expected: { role: false },
        }),
      ];
      expect(await store.commit(batch({ observations: given, appendedMs: 77 }))).toStrictEqual({
        stored: 3,
        duplicates: 0,
        conflicts: 0,
      });
      expect(await eventsIn(store)).toStrictEqual(given.map((observation) => ({ observation, appendedMs: 77 })));
    });

    it.each<[string, Given]>([
      ['quotes and SQL', { id: `'; DROP TABLE events; --`, secret: `vault:eu/it's "quoted"; --`, actor: `o'brien` }],
      ['NUL', { id: 'nul', secret: 'vault:eu/a\u0000b', actor: 'person:a\u0000', address: '\u0000' }],
      ['emoji and direction marks', { id: 'emoji', secret: 'vault:eu/🔑/\u202edrowssap', team: '😀'.repeat(300) }],
      ['lone surrogates in the record', { id: 'lone', record: { path: '\ud800' } }],
      [
        'keys of Object.prototype',
        { id: 'proto', text: '{"__proto__":{"a":1},"constructor":{"b":2}}', record: proto() },
      ],
      ['a record that looks like its wrapping', { id: 'look', record: { x: ',"record":{}}}', record: { record: 1 } } }],
      [
        'a record printed over several lines',
        { id: 'lines', record: { a: [1, 2] }, text: '{\n  "a" : [ 1,\r\n 2 ]\n}' },
      ],
      ['a document of 1 MB', { id: '1M', record: { data: 'x'.repeat(1 << 20) } }],
      ['a document of 16 MB', { id: '16M', record: { data: 'é'.repeat(8 << 20) } }],
      ['a secret id of 1 MB', { id: 'long', secret: `vault:eu/${'p/'.repeat(500_000)}` }],
    ])('survive with %s', async (_, given) => {
      const { store, reopen } = await newStore(adapter);
      const hostile = observation(given);
      await store.commit(batch({ observations: [hostile, observation({ id: 'plain' })] }));
      const again = await reopen();
      const [found] = await again.eventsById([hostile.event.event.id], [hostile.timeUs, hostile.timeUs]);
      expect(JSON.stringify(found?.observation) === JSON.stringify(hostile)).toBe(true);
      const { whosaw } = hostile.event;
      const question = { secret: whosaw.secret?.id ?? '', fromUs: hostile.timeUs, toUs: hostile.timeUs };
      expect((await again.accesses(question)).map(({ actor }) => actor)).toContain(whosaw.actor?.id);
    });

    it('come in order of time, then id, in pages of which none is empty', async () => {
      const { store } = await newStore(adapter);
      const given = Array.from({ length: 12_001 }, (_, index) =>
        observation({ id: `e${index}`, at: `2025-03-15T0${(index * 7) % 9}:00:00Z` }),
      );
      await store.commit(batch({ observations: given }));
      const pages: number[] = [];
      for await (const page of store.events({})) pages.push(page.length);
      expect(pages.length).toBeGreaterThan(1);
      expect(Math.min(...pages)).toBeGreaterThan(0);
      expect(await idsIn(store)).toStrictEqual(given.toSorted(byTimeAndId).map(({ event }) => event.event.id));
    });

    it('are found by ranges of time, of commit time and by rule, bounds included', async () => {
      const { store } = await newStore(adapter);
      const at = (second: number): string => `2025-03-15T02:00:0${second}Z`;
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id, second) =>
        observation({ id, at: at(second), ...(id === 'a' ? {} : { rules: id === 'd' ? ['r2'] : ['r1', 'r,3'] }) }),
      );
      if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four were made');
      await store.commit(batch({ observations: [a, c], appendedMs: 1_000 }));
      await store.commit(batch({ observations: [b, d], appendedMs: 2_000 }));
      const [first, second, third, fourth] = [a, b, c, d].map(({ event }) => event.event.id);
      expect(await idsIn(store, { timeUs: [b.timeUs, c.timeUs] })).toStrictEqual([second, third]);
      expect(await idsIn(store, { appendedMs: [2_000, 2_000] })).toStrictEqual([second, fourth]);
      expect(await idsIn(store, { appendedMs: [1_000, 1_999] })).toStrictEqual([first, third]);
      expect(await idsIn(store, { rules: ['r1'] })).toStrictEqual([second, third]);
      expect(await idsIn(store, { rules: ['r2', 'r,3', `'`] })).toStrictEqual([second, third, fourth]);
      expect(await idsIn(store, { rules: ['r1'], timeUs: [c.timeUs, d.timeUs] })).toStrictEqual([third]);
      expect(await idsIn(store, { rules: [] })).toStrictEqual([]);
      expect(await idsIn(store, { timeUs: [d.timeUs + 1, d.timeUs + 2] })).toStrictEqual([]);
    });

    it('are found by id within a time, unknown ids left out', async () => {
      const { store } = await newStore(adapter);
      const early = observation({ id: 'early', at: '2025-03-15T01:00:00Z' });
      const late = observation({ id: 'late', at: '2025-03-15T02:00:00Z' });
      await store.commit(batch({ observations: [early, late], appendedMs: 5 }));
      const all: [number, number] = [early.timeUs, late.timeUs];
      const ids = ['late', 'early', 'unknown'].map(eventId);
      expect((await store.eventsById(ids, all)).map(({ observation }) => observation)).toStrictEqual([early, late]);
      expect(await store.eventsById(ids, [late.timeUs, late.timeUs])).toStrictEqual([
        { observation: late, appendedMs: 5 },
      ]);
      expect(await store.eventsById([], all)).toStrictEqual([]);
    });

    it('are found by the beginning of an id, at any time or within one', async () => {
      const { store } = await newStore(adapter);
      const early = observation({ id: 'early', at: '2025-03-15T01:00:00Z' });
      const late = observation({ id: 'late', at: '2025-03-15T02:00:00Z' });
      await store.commit(batch({ observations: [late, early], appendedMs: 5 }));
      const find = async (question: Omit<EventQuestion, 'limit'>, limit = 10): Promise<readonly unknown[]> =>
        (await store.findEvents({ ...question, limit })).map(({ observation: found }) => found);
      const ids = [eventId('late'), eventId('early').slice(0, 12)];
      expect(await find({ ids })).toStrictEqual([early, late]);
      expect(await find({ ids }, 1)).toStrictEqual([early]);
      expect(await find({ ids, timeUs: [late.timeUs, late.timeUs] })).toStrictEqual([late]);
      expect(await find({ ids: [eventId('unknown').slice(0, 12)] })).toStrictEqual([]);
      expect(await find({ ids: '0123456789abcdef'.split('') })).toStrictEqual([early, late]);
    });

    it('stay after a restart', async () => {
      const { store, reopen } = await newStore(adapter);
      const given = [observation({ id: 'a' }), observation({ id: 'b' })];
      await store.commit(batch({ observations: given }));
      const again = await reopen();
      expect((await eventsIn(again)).map(({ observation }) => observation.event.event.id).toSorted()).toStrictEqual(
        given.map(({ event }) => event.event.id).toSorted(),
      );
    });

    it('of commits in flight are all there, in the order of the calls', async () => {
      const { store } = await newStore(adapter);
      const commits = Array.from({ length: 30 }, (_, number) =>
        store.commit(
          batch({
            observations: [observation({ id: `e${number}` }), observation({ id: 'same' })],
            checkpoints: [{ source: 'vault-file', checkpoint: { number } }],
          }),
        ),
      );
      const receipts = await Promise.all(commits);
      expect(receipts[0]).toStrictEqual({ stored: 2, duplicates: 0, conflicts: 0 });
      for (const receipt of receipts.slice(1))
        expect(receipt).toStrictEqual({ stored: 1, duplicates: 1, conflicts: 0 });
      expect(await idsIn(store)).toHaveLength(31);
      expect((await store.load()).checkpoints).toMatchObject([{ source: 'vault-file', checkpoint: { number: 29 } }]);
    });
  });
}

/** JSON.parse makes the key an own property, as a literal would not. */
function proto(): Observation['record'] {
  return JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}') as Observation['record'];
}

function byTimeAndId(a: Observation, b: Observation): number {
  return a.timeUs - b.timeUs || (a.event.event.id < b.event.event.id ? -1 : 1);
}
