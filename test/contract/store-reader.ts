import { describe, expect, it } from 'vitest';
import type { AccessGroup } from '../../src/core/access-reader.ts';
import { parseTimeUs } from '../../src/lib/time.ts';
import { newStore } from './store-adapter.ts';
import type { Store, StoreAdapter } from './store-adapter.ts';
import { PASSWORD, SAM, batch, observation } from './store-fixtures.ts';
import type { Given } from './store-fixtures.ts';

/** AccessReader: who retrieved this secret, when, from where. */
export function readerSuite(adapter: StoreAdapter): void {
  describe('secrets', () => {
    const ids = [
      PASSWORD,
      'vault:eu/secret/staging/db-password',
      'aws:444455556666/eu-central-1/db-password',
      'azure:db-password/secrets/other',
      'vault:eu/secret/production/old-db-password',
    ];

    it('are found by their id, or by what it ends in', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: ids.map((secret) => observation({ id: secret, secret })) }));
      const found: Record<string, readonly number[]> = {};
      for (const text of Object.keys(ENDINGS)) {
        found[text] = (await store.secrets(text, 10)).map(({ secret }) => ids.indexOf(secret.id));
      }
      expect(found).toStrictEqual(ENDINGS);
    });

    it('have their newest facts, without the version, which an access has', async () => {
      const { store, reopen } = await newStore(adapter);
      const facts = { owner: 'payments', criticality: 'high' } as const;
      const read = (id: string, given: Partial<Given>) => observation({ id, ...given });
      await store.commit(batch({ observations: [read('a', { secretFacts: { owner: 'web' } }), read('b', {})] }));
      const [before] = await store.secrets('db-password', 1);
      expect(before).toStrictEqual({ secret: read('a', {}).event.whosaw.secret });
      const newest = read('c', { secretFacts: { ...facts, version: '7' }, environment: 'production' });
      await store.commit(batch({ observations: [newest] }));
      const again = await reopen();
      // A duplicate is old news.
      await again.commit(batch({ observations: [read('a', { secretFacts: { owner: 'web' } })] }));
      expect(await again.secrets('db-password', 10)).toStrictEqual([
        { secret: { ...before?.secret, ...facts }, environment: 'production' },
      ]);
    });

    it('are at most as many as asked for, an exact one first', async () => {
      const { store } = await newStore(adapter);
      const many = ['vault:a/x', 'vault:b/vault:a/x', 'aaa:vault:a/x'];
      await store.commit(batch({ observations: many.map((secret) => observation({ id: secret, secret })) }));
      expect((await store.secrets('vault:a/x', 1)).map(({ secret }) => secret.id)).toStrictEqual(['vault:a/x']);
      expect(await store.secrets('x', 2)).toHaveLength(2);
    });

    it('near to what was typed', async () => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: ids.map((secret) => observation({ id: secret, secret })) }));
      expect(await store.near('db-pasword', 2)).toHaveLength(2);
      expect((await store.near('prodution/db-passwrod', 1))[0]).toBe(PASSWORD);
      expect(await store.near('b-passw', 2)).toHaveLength(2);
      expect(await store.near('xyz', 5)).toStrictEqual([]);
      expect(await store.near(`'; DROP TABLE secrets; --`, 5)).toStrictEqual([]);
    });
  });

  describe('accesses', () => {
    const at = (time: string): number => parseTimeUs(`2025-03-15T${time}Z`) ?? 0;
    const ask = (store: Store, from = '00:00:00', to = '23:59:59', secret = PASSWORD) =>
      store.accesses({ secret, fromUs: at(from), toUs: at(to) });
    const storeOf = async (given: readonly Given[]): Promise<Store> => {
      const { store } = await newStore(adapter);
      await store.commit(batch({ observations: given.map(observation) }));
      return store;
    };

    it('are grouped, with first and last in the source’s own precision, and the most frequent addresses', async () => {
      const store = await storeOf([
        {
          id: 'a',
          at: '2025-03-15T02:36:40.112345678Z',
          address: '192.0.2.77',
          expected: { network: false, role: true },
        },
        { id: 'b', at: '2025-03-15T02:36:50Z', address: '192.0.2.77', expected: { network: true, role: false } },
        { id: 'c', at: '2025-03-15T02:37:21.5300Z', address: '192.0.2.78', team: 'payments' },
        { id: 'd', at: '2025-03-15T02:37:00Z', address: '192.0.2.80' },
        { id: 'e', at: '2025-03-15T02:37:01Z', address: '192.0.2.79' },
        { id: 'f', at: '2025-03-15T02:37:02Z' },
      ]);
      expect(await ask(store)).toStrictEqual([
        {
          actor: SAM,
          actorKind: 'person',
          team: 'payments',
          kind: 'read',
          outcome: 'success',
          count: 6,
          first: '2025-03-15T02:36:40.112345678Z',
          last: '2025-03-15T02:37:21.5300Z',
          addresses: ['192.0.2.77', '192.0.2.78', '192.0.2.79'],
          addressCount: 4,
          unexpected: ['network', 'role'],
        },
      ]);
    });

    it('by other actors, of other kinds, outcomes and reasons stand apart, most frequent first', async () => {
      const store = await storeOf([
        { id: 'a' },
        { id: 'b', actor: 'vault:eu/approle/api', actorKind: 'service' },
        { id: 'c', actor: 'vault:eu/approle/api', actorKind: 'service' },
        { id: 'd', kind: 'write' },
        { id: 'e', outcome: 'failure', reason: 'permission denied' },
        { id: 'f', outcome: 'failure', reason: 'no such version' },
        { id: 'g', outcome: 'failure' },
      ]);
      const groups = await ask(store);
      expect(groups[0]).toMatchObject({ actor: 'vault:eu/approle/api', actorKind: 'service', count: 2 });
      expect(groups.map(describeGroup).toSorted()).toStrictEqual([
        'person:sam@acme.example read failure - 1',
        'person:sam@acme.example read failure no such version 1',
        'person:sam@acme.example read failure permission denied 1',
        'person:sam@acme.example read success - 1',
        'person:sam@acme.example write success - 1',
        'vault:eu/approle/api read success - 2',
      ]);
    });

    it('lie in the window, bounds included, and are of that secret only', async () => {
      const store = await storeOf([
        { id: 'before', at: '2025-03-15T01:59:59.999999Z' },
        { id: 'first', at: '2025-03-15T02:00:00Z' },
        { id: 'last', at: '2025-03-15T03:00:00Z' },
        { id: 'after', at: '2025-03-15T03:00:00.000001Z' },
        { id: 'other', at: '2025-03-15T02:30:00Z', secret: `${PASSWORD}-2` },
      ]);
      expect((await ask(store, '02:00:00', '03:00:00')).map(({ count }) => count)).toStrictEqual([2]);
      expect(await ask(store, '04:00:00', '05:00:00')).toStrictEqual([]);
      expect(await ask(store, '00:00:00', '05:00:00', `x' OR '1'='1`)).toStrictEqual([]);
    });

    it('by nobody known are of an unknown actor', async () => {
      const store = await storeOf([{ id: 'a', actor: null, outcome: 'failure' }]);
      expect(await ask(store)).toMatchObject([{ actor: 'unknown', actorKind: 'unknown', count: 1, addressCount: 0 }]);
    });

    it('leave out companions, and calls that name the secret among others', async () => {
      const store = await storeOf([
        { id: 'kms', kind: null },
        { id: 'batch', secret: null, batch: [PASSWORD] },
      ]);
      expect(await ask(store)).toStrictEqual([]);
    });

    it('count once where several events tell of one access, by the one that names its actor', async () => {
      const store = await storeOf([
        { id: 'owner', access: 'call', at: '2025-03-15T02:00:00Z', actor: 'aws:111122223333', actorKind: 'unknown' },
        { id: 'caller', access: 'call', at: '2025-03-15T02:00:00Z' },
        { id: 'caller again', access: 'call', at: '2025-03-15T02:00:01Z' },
      ]);
      expect((await ask(store)).map(describeGroup)).toStrictEqual([`${SAM} read success - 1`]);
    });

    it('show an unanswered request until its response is stored', async () => {
      const { store } = await newStore(adapter);
      const request: Given = {
        id: 'r+',
        access: 'r',
        unanswered: true,
        outcome: 'unknown',
        at: '2025-03-15T02:00:00Z',
      };
      await store.commit(batch({ observations: [observation(request)] }));
      expect((await ask(store)).map(({ outcome }) => outcome)).toStrictEqual(['unknown']);
      await store.commit(batch({ observations: [observation({ id: 'r', at: '2025-03-15T02:09:00Z' })] }));
      expect((await ask(store)).map(({ outcome }) => outcome)).toStrictEqual(['success']);
      expect(await ask(store, '01:00:00', '02:01:00')).toStrictEqual([]);
    });
  });
}

/** What people type, and the places of the secrets that it names. */
const ENDINGS: Readonly<Record<string, readonly number[]>> = {
  [PASSWORD]: [0],
  'production/db-password': [0],
  'db-password': [2, 0, 1],
  'eu/secret/staging/db-password': [1],
  '444455556666/eu-central-1/db-password': [2],
  password: [],
  'DB-PASSWORD': [],
  '%db-password': [],
  '': [],
  [`' OR '1'='1`]: [],
};

function describeGroup({ actor, kind, outcome, reason, count }: AccessGroup): string {
  return `${actor} ${kind} ${outcome} ${reason ?? '-'} ${count}`;
}
