import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { batch, observation, type Given } from '../../contract/store-fixtures.ts';

const DEPLOY_BOT = { actor: 'vault:eu/approle/deploy-bot', actorKind: 'service', address: '10.0.8.14' } as const;
const API_KEY = 'vault:eu/secret/production/api-key';

/** Two days of a small company. */
const EVENTS: readonly Given[] = [
  { id: '1', at: '2025-10-18T08:14:29.015Z', ...DEPLOY_BOT },
  { id: '2', at: '2025-10-18T08:14:29.112Z', ...DEPLOY_BOT, secret: API_KEY },
  { id: '3', at: '2025-10-18T14:42:09.002Z', address: '192.0.2.77', expected: { network: false } },
  { id: '4', at: '2025-10-18T14:42:11.530Z', address: '192.0.2.77', outcome: 'failure', reason: 'permission denied' },
  { id: '5', at: '2025-10-19T08:14:30.201Z', ...DEPLOY_BOT },
];

/** Makes a store in the folder, with all of it sealed. */
export async function writeHistory(path: string): Promise<void> {
  const store = await openDuckdbStore({ path });
  await store.commit(batch({ observations: EVENTS.map(observation) }));
  for (const { day } of await store.days()) await store.sealDay(day);
  await store.close();
}
