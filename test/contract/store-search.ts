import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchCursor, SearchQuestion } from '../../src/core/access-reader.ts';
import { decodeEvent, encodeEvent } from '../../src/core/encode-event.ts';
import { outlineOf, type EventOutline } from '../../src/core/event-outline.ts';
import { compileQuery } from '../../src/query/compile-query.ts';
import { readQuery } from '../../src/query/read-query.ts';
import { parseTimeUs } from '../../src/lib/time.ts';
import { newStore } from './store-adapter.ts';
import type { Store, StoreAdapter } from './store-adapter.ts';
import { PASSWORD, SAM, batch, eventId, observation } from './store-fixtures.ts';
import type { Given } from './store-fixtures.ts';

const NOW = Date.parse('2025-03-15T12:00:00Z');
const WHOLE = { fromUs: 0, toUs: NOW * 1_000, nowMs: NOW, order: 'newest', limit: 1_000 } as const;

/** AccessReader.search. */
export function searchSuite(adapter: StoreAdapter): void {
  describe('search', () => {
    const events: readonly Given[] = [
      {
        id: 'a',
        at: '2025-03-15T02:00:00Z',
        address: '10.0.1.42',
        ip: '10.0.1.42',
        environment: 'production',
        rules: ['r1', 'r2'],
      },
      { id: 'b', at: '2025-03-15T02:00:01Z', address: '::ffff:a00:12b', ip: '10.0.1.43', expected: { network: false } },
      { id: 'c', at: '2025-03-15T02:00:02Z', actor: null, secret: null, kind: null, batch: [PASSWORD, 'x%y_z'] },
      {
        id: 'd',
        at: '2025-03-15T02:00:02Z',
        secret: 'vault:eu/secret/x%y_z',
        outcome: 'failure',
        reason: 'it\'s "no"',
      },
      {
        id: 'e',
        at: '2025-03-14T23:59:59Z',
        unanswered: true,
        record: { eventName: 'Get', list: [{ n: 7 }, { n: 8 }] },
      },
      { id: 'f', at: '2025-03-15T02:00:03Z', source: 'other', team: 'payments', access: 'a', record: { é: 'ü' } },
    ];
    const ids = async (store: Store, query: string, question: Partial<SearchQuestion> = {}): Promise<string> => {
      const { documents } = await store.search({ ...WHOLE, ...question, query });
      const names = new Map(events.map(({ id }) => [eventId(id), id]));
      return documents.map((text) => names.get((JSON.parse(text) as { event: { id: string } }).event.id)).join('');
    };
    const filled = async (): Promise<Store> => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: events.map(observation), appendedMs: NOW }));
      return store;
    };
    const tie = eventId('c') > eventId('d') ? 'cd' : 'dc';

    it.each(['', 'event.outcome: failure', 'whosaw.record.eventName: Get*', 'user.name: *', 'whosaw.actor.id: nobody'])(
      'outlines what it finds, page by page: %s',
      async (query) => {
        const store = await filled();
        for (const order of ['newest', 'oldest'] as const) {
          const question = { ...WHOLE, query, order };
          const { documents } = await store.search(question);
          const expected = documents.map((text) => {
            const { event } = decodeEvent(text);
            return outlineOf(event, parseTimeUs(event['@timestamp']) ?? 0);
          });
          expect((await store.outlines(question)).outlines).toStrictEqual(expected);
          const paged: EventOutline[] = [];
          let after: SearchCursor | undefined;
          do {
            const page = await store.outlines({ ...question, limit: 2, ...(after === undefined ? {} : { after }) });
            paged.push(...page.outlines);
            after = page.next;
          } while (after !== undefined);
          expect(paged).toStrictEqual(expected);
        }
      },
    );

    it('finds what a query asks for, newest first', async () => {
      const store = await filled();
      const expected: Readonly<Record<string, string>> = {
        '': `f${tie}bae`,
        'event.outcome: failure': 'd',
        'not event.outcome: failure': 'fcbae',
        'whosaw.secret.id: *x%y_z': 'd',
        'whosaw.secret.id: *x*y*': 'd',
        'whosaw.secret.id: *x_y*': '',
        'whosaw.secret.id: *db-password and not whosaw.environment: *': 'fbe',
        [`whosaw.batch.secrets: "${PASSWORD}"`]: 'c',
        'whosaw.batch.secrets: x*': 'c',
        'whosaw.rules: (r1 and r2)': 'a',
        'whosaw.rules: *': 'a',
        'event.reason: "it\'s \\"no\\""': 'd',
        'whosaw.expected.network: false': 'b',
        'not whosaw.expected.network: false': `f${tie}ae`,
        'not whosaw.expected.network: *': `f${tie}ae`,
        'source.address: 10.0.1.42': 'a',
        'source.ip: 10.0.1.42': 'a',
        'source.ip: 10.0.0.0/16': 'ba',
        'source.ip: 10.0.1.40/30': 'ba',
        'source.ip: 10.1.0.0/16': '',
        'source.ip: 0.0.0.0/0': 'ba',
        'source.ip > 10.0.1.42': 'b',
        [`whosaw.actor.id: "${SAM}" and event.outcome: success`]: 'fbae',
        'not whosaw.actor.id: *': 'c',
        'whosaw.actor.team >= paa': 'f',
        'whosaw.origin.source: other or whosaw.unanswered: true': 'fe',
        'whosaw.unanswered: false': '',
        [`event.id: ${eventId('b')}`]: 'b',
        'event.id: nothing': '',
        [`whosaw.access.id: ${eventId('a')}`]: 'fa',
        '@timestamp: 2025-03-14': 'e',
        '@timestamp >= "2025-03-15T02:00:02Z"': `f${tie}`,
        '@timestamp < now-1d/d': '',
        'whosaw.record.eventName: Get': 'e',
        'whosaw.record.list.n: 8': 'e',
        'whosaw.record.é: ü': 'f',
        payments: 'f',
        'not (event.outcome: failure or whosaw.record.eventName: *)': 'fcba',
      };
      const found: Record<string, string> = {};
      for (const query of Object.keys(expected)) found[query] = await ids(store, query);
      expect(found).toStrictEqual(expected);
    });

    it('knows a window, an order, and what was appended since', async () => {
      const store = await filled();
      await store.commit(
        batch({ observations: [observation({ id: 'late', at: '2025-03-15T01:00:00Z' })], appendedMs: NOW + 1 }),
      );
      const at = (time: string): number => parseTimeUs(time) ?? 0;
      expect(await ids(store, '', { fromUs: at('2025-03-15T02:00:00Z'), toUs: at('2025-03-15T02:00:01Z') })).toBe('ba');
      expect(await ids(store, 'event.outcome: success', { order: 'oldest', limit: 2 })).toBe('e');
      expect(await store.search({ ...WHOLE, query: '', appendedAfterMs: NOW })).toStrictEqual({
        documents: [encodeEvent(observation({ id: 'late', at: '2025-03-15T01:00:00Z' }))],
        appendedMs: NOW + 1,
      });
    });

    it('refuses what is no query, with the place', async () => {
      const store = await filled();
      await expect(store.search({ ...WHOLE, query: 'event.outcome: failur' })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('In the query, column 16: `event.outcome` is never `failur`'),
      });
    });

    it('finds page by page what reading every event finds', async () => {
      const store = (await newStore(adapter)).store;
      const many = Array.from({ length: 60 }, (_, index): Given => ({
        id: `m${index}`,
        at: new Date(Date.UTC(2025, 2, 15, 2, 0, index >> 1)).toISOString(),
        outcome: index % 3 === 0 ? 'failure' : 'success',
        actor: index % 5 === 0 ? null : `person:${index % 4}`,
        ...(index % 2 === 0 ? { address: `10.${index % 7}.0.1` } : {}),
        ...(index % 4 === 1 ? { expected: { network: index % 8 === 1 } } : {}),
        record: { n: index },
      })).map(observation);
      await store.commit(batch({ observations: many }));
      const term = fc.constantFrom(
        'event.outcome: failure',
        'whosaw.actor.id: *1',
        'whosaw.actor.id: *',
        'source.address: 10.2*',
        'whosaw.expected.network: true',
        'whosaw.record.n: (3 or 4 or 7)',
        'event.action: read',
        '@timestamp >= "2025-03-15T02:00:10Z"',
        'source.address > 10.3',
      );
      const { query } = fc.letrec<{ query: string }>((tie) => ({
        query: fc.oneof(
          { maxDepth: 3 },
          term,
          fc
            .tuple(tie('query'), fc.constantFrom('and', 'or'), tie('query'))
            .map(([a, word, b]) => `(${a} ${word} ${b})`),
          tie('query').map((inner) => `not (${inner})`),
        ),
      }));
      await fc.assert(
        fc.asyncProperty(
          query,
          fc.constantFrom('newest' as const, 'oldest' as const),
          fc.integer({ min: 1, max: 25 }),
          async (text, order, limit) => {
            const matches = compileQuery(readQuery(text, NOW));
            const sign = order === 'oldest' ? 1 : -1;
            const expected = many
              .filter(matches)
              .toSorted((a, b) => sign * (a.timeUs - b.timeUs || (a.event.event.id < b.event.event.id ? -1 : 1)))
              .map(encodeEvent);
            const found: string[] = [];
            let after: SearchCursor | undefined;
            do {
              const page = await store.search({
                ...WHOLE,
                query: text,
                order,
                limit,
                ...(after === undefined ? {} : { after }),
              });
              found.push(...page.documents);
              after = page.next;
            } while (after !== undefined);
            expect(found).toStrictEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
