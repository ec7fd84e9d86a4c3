import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TALLIES } from '../../src/core/access-reader.ts';
import { compileQuery } from '../../src/query/compile-query.ts';
import { readQuery } from '../../src/query/read-query.ts';
import { Tally } from '../../src/query/tally.ts';
import { newStore } from './store-adapter.ts';
import type { StoreAdapter } from './store-adapter.ts';
import { PASSWORD, SAM, batch, observation } from './store-fixtures.ts';
import type { Given } from './store-fixtures.ts';

const NOW = Date.parse('2025-03-15T12:00:00Z');
const WINDOW = { fromUs: Date.parse('2025-03-15T00:00:00Z') * 1_000, toUs: NOW * 1_000, nowMs: NOW } as const;

/** AccessReader.tally. */
export function tallySuite(adapter: StoreAdapter): void {
  describe('tally', () => {
    it('counts accesses, each once, most first', async () => {
      const { store } = await newStore(adapter);
      const events: readonly Given[] = [
        { id: 'a', at: '2025-03-15T01:00:00Z', environment: 'production' },
        { id: 'copy of a', access: 'a', at: '2025-03-15T01:00:00Z', environment: 'production' },
        { id: 'b', at: '2025-03-15T11:00:00Z', environment: 'staging' },
        { id: 'c', at: '2025-03-15T11:00:01Z' },
        { id: 'other', at: '2025-03-15T06:00:00Z', secret: 'vault:eu/a' },
        { id: 'denied', at: '2025-03-15T06:00:00Z', outcome: 'failure', secret: 'vault:eu/z', address: '10.0.0.1' },
        { id: 'written', at: '2025-03-15T06:00:00Z', kind: 'write' },
        { id: 'companion', at: '2025-03-15T06:00:00Z', kind: null },
        { id: 'outside', at: '2025-03-14T06:00:00Z' },
        { id: 'nobody', at: '2025-03-15T06:00:00Z', actor: null, secret: 'vault:eu/b' },
      ];
      await store.commit(batch({ observations: events.map(observation) }));
      const ask = { ...WINDOW, query: '', limit: 10, parts: 2 } as const;
      expect(await store.tally({ ...ask, of: 'secrets' })).toStrictEqual([
        {
          value: PASSWORD,
          count: 3,
          environments: [
            ['', 1],
            ['production', 1],
            ['staging', 1],
          ],
          parts: [1, 2],
        },
        { value: 'vault:eu/a', count: 1, environments: [['', 1]], parts: [1, 0] },
        { value: 'vault:eu/b', count: 1, environments: [['', 1]], parts: [1, 0] },
      ]);
      expect(await store.tally({ ...ask, of: 'identities', limit: 1 })).toMatchObject([{ value: SAM, count: 4 }]);
      expect(await store.tally({ ...ask, of: 'denials' })).toMatchObject([{ value: SAM, count: 1 }]);
      expect(await store.tally({ ...ask, of: 'addresses' })).toMatchObject([{ value: '10.0.0.1', count: 1 }]);
      expect(await store.tally({ ...ask, of: 'secrets', query: 'whosaw.environment: staging' })).toMatchObject([
        { count: 1 },
      ]);
      await expect(store.tally({ ...ask, of: 'secrets', query: 'x:' })).rejects.toMatchObject({ code: 'USAGE' });
    });

    it('counts what reading every event counts', async () => {
      const { store } = await newStore(adapter);
      const many = Array.from({ length: 80 }, (_, index): Given => ({
        id: `m${index}`,
        at: new Date(Date.UTC(2025, 2, 15, index % 12, index % 60)).toISOString(),
        outcome: index % 3 === 0 ? 'failure' : 'success',
        kind: index % 11 === 0 ? null : index % 4 === 0 ? 'list' : 'read',
        actor: index % 5 === 0 ? null : `person:${index % 4}`,
        secret: index % 7 === 0 ? null : `vault:eu/${index % 6}`,
        ...(index % 2 === 0 ? { address: `10.${index % 3}.0.1` } : {}),
        ...(index % 6 === 0 ? { access: `m${index + 1}` } : {}),
        ...(index % 4 === 1 ? { environment: index % 8 === 1 ? 'production' : 'staging' } : {}),
        record: { n: index % 10 },
      })).map(observation);
      await store.commit(batch({ observations: many }));
      const query = fc.constantFrom(
        '',
        'whosaw.environment: production',
        'not event.outcome: failure',
        'whosaw.record.n: (1 or 2)',
        'source.address > 10.1',
      );
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...TALLIES),
          query,
          fc.integer({ min: 1, max: 7 }),
          fc.integer({ min: 1, max: 30 }),
          async (of, text, limit, parts) => {
            const matches = compileQuery(readQuery(text, NOW));
            const model = new Tally(of, { ...WINDOW, parts });
            for (const one of many) if (matches(one)) model.add(one.event, one.timeUs);
            expect(await store.tally({ ...WINDOW, of, query: text, limit, parts })).toStrictEqual(model.rows(limit));
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
