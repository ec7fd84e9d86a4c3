import { describe, expect, it } from 'vitest';
import { parseTimeUs } from '../../src/lib/time.ts';
import { newStore } from './store-adapter.ts';
import type { StoreAdapter } from './store-adapter.ts';
import { PASSWORD, SAM, batch, observation } from './store-fixtures.ts';
import type { Given } from './store-fixtures.ts';

const at = (minute: number): string => `2025-03-15T02:${String(minute).padStart(2, '0')}:00Z`;

/** AccessReader.identities, nearIdentities, firstTimes. */
export function identitiesSuite(adapter: StoreAdapter): void {
  describe('identities', () => {
    const events: readonly Given[] = [
      { id: 'a', at: at(1), actorKind: 'unknown' },
      { id: 'b', at: at(5) },
      { id: 'c', at: at(2), actor: 'vault:eu/approle/deploy-bot', actorKind: 'service' },
      { id: 'd', at: at(2), actor: 'aws:444455556666/role/deploy-bot', actorKind: 'service' },
      { id: 'e', at: at(2), actor: 'person:sam', secret: null },
      { id: 'f', at: at(2), actor: null },
    ];
    const found = async (text: string, limit = 10): Promise<readonly string[]> => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: events.map(observation) }));
      return (await store.identities(text, limit)).map(({ id }) => id);
    };

    it('are found by their id, the end of it, or a person’s name', async () => {
      expect(await found('deploy-bot')).toStrictEqual([
        'aws:444455556666/role/deploy-bot',
        'vault:eu/approle/deploy-bot',
      ]);
      expect(await found('approle/deploy-bot')).toStrictEqual(['vault:eu/approle/deploy-bot']);
      expect(await found('sam')).toStrictEqual(['person:sam', SAM]);
      expect(await found('sam', 1)).toStrictEqual(['person:sam']);
      expect(await found(SAM)).toStrictEqual([SAM]);
      expect(await found('bot')).toStrictEqual([]);
      expect(await found("' OR '1'='1")).toStrictEqual([]);
    });

    it('tell their newest kind, their events and their times', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: events.map(observation) }));
      expect(await store.identities(SAM, 1)).toStrictEqual([
        { id: SAM, kind: 'person', events: 2, first: at(1), last: at(5) },
      ]);
    });

    it('near to what was typed', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: events.map(observation) }));
      expect(await store.nearIdentities('sma', 5)).toContain(SAM);
      expect(await store.nearIdentities('deplyo-bot', 5)).toHaveLength(2);
      expect(await store.nearIdentities('zzzzzz', 5)).toStrictEqual([]);
    });

    it('have first times: of secrets that they got, and of addresses', async () => {
      const { store } = await newStore(adapter);
      const more: readonly Given[] = [
        { id: 'denied', at: at(1), outcome: 'failure', address: '10.0.0.9' },
        { id: 'got', at: at(3), address: '10.0.0.1' },
        { id: 'again', at: at(4), address: '10.0.0.9' },
        { id: 'written', at: at(2), kind: 'write', secret: 'vault:eu/secret/other' },
        { id: 'by another', at: at(0), actor: 'person:ana@acme.example', address: '10.0.0.1' },
      ];
      await store.commit(batch({ observations: more.map(observation) }));
      const us = (minute: number): number => parseTimeUs(at(minute)) ?? 0;
      expect(await store.firstTimes(SAM)).toStrictEqual({
        secrets: [[PASSWORD, us(3)]],
        addresses: [
          ['10.0.0.1', us(3)],
          ['10.0.0.9', us(1)],
        ],
      });
      expect(await store.firstTimes('nobody')).toStrictEqual({ secrets: [], addresses: [] });
    });
  });
}
