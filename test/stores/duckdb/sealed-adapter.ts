import type { CommitBatch, CommitReceipt } from '../../../src/core/ports.ts';
import type { DuckdbStore } from '../../../src/stores/duckdb/open.ts';
import type { StoreAdapter } from '../../contract/store-adapter.ts';
import { duckdbAdapter } from './adapter.ts';

/**
 * A DuckDB store that seals the first half of every batch, and what was open of the days before, so that a suite's
 * questions are about events in several files of a day and in the database. A batch of one event is sealed.
 */
export const sealedDuckdbAdapter: StoreAdapter = {
  name: 'duckdb, partly sealed',
  async create() {
    const { store, reopen, remove } = await duckdbAdapter.create();
    return { store: sealing(store), reopen: async () => sealing(await reopen()), remove };
  },
};

function sealing(inner: DuckdbStore): DuckdbStore {
  // One after the other, as a single commit and its sealing are.
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...inner,
    commit: (batch) => {
      const receipt = last.then(() => sealPartly(inner, batch));
      last = receipt.catch(() => undefined);
      return receipt;
    },
  };
}

async function sealAll(store: DuckdbStore, batch: CommitBatch): Promise<CommitReceipt> {
  const receipt = await store.commit(batch);
  for (const { day, open } of await store.days()) if (open > 0) await store.sealDay(day);
  return receipt;
}

async function sealPartly(store: DuckdbStore, batch: CommitBatch): Promise<CommitReceipt> {
  const half = Math.ceil(batch.observations.length / 2);
  const [first, second] = [batch.observations.slice(0, half), batch.observations.slice(half)];
  const sealed = await sealAll(store, { ...NOTHING, appendedMs: batch.appendedMs, observations: first });
  const open = await store.commit({ ...batch, observations: second });
  return {
    stored: sealed.stored + open.stored,
    duplicates: sealed.duplicates + open.duplicates,
    conflicts: sealed.conflicts + open.conflicts,
  };
}

const NOTHING: Omit<CommitBatch, 'appendedMs' | 'observations'> = {
  rejections: [],
  alerts: [],
  marks: [],
  checkpoints: [],
  notifications: [],
};
