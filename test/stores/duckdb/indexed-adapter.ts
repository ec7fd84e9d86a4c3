import type { CommitBatch } from '../../../src/core/ports.ts';
import type { DuckdbStore } from '../../../src/stores/duckdb/open.ts';
import type { StoreAdapter } from '../../contract/store-adapter.ts';
import { duckdbAdapter } from './adapter.ts';

/** A DuckDB store that indexes every day behind each commit. */
export const indexedDuckdbAdapter: StoreAdapter<DuckdbStore> = {
  name: 'duckdb, indexed',
  create: () =>
    indexing((store) => async (given) => {
      const receipt = await store.commit(given);
      await indexAll(store);
      return receipt;
    }),
};

/** One that indexes every day behind the first half of each commit: the second half takes some of the indexes away. */
export const halfIndexedDuckdbAdapter: StoreAdapter<DuckdbStore> = {
  name: 'duckdb, indexed before more came',
  create: () =>
    indexing((store) => async (given) => {
      const half = Math.ceil(given.observations.length / 2);
      const first = await store.commit({ ...given, observations: given.observations.slice(0, half) });
      await indexAll(store);
      const rest = { ...given, rejections: [], gaps: [], observations: given.observations.slice(half) };
      const second = await store.commit(rest);
      return {
        stored: first.stored + second.stored,
        duplicates: first.duplicates + second.duplicates,
        conflicts: first.conflicts + second.conflicts,
      };
    }),
};

/** Days that have an index now. */
export async function indexAll(store: DuckdbStore): Promise<void> {
  for (const { day } of await store.days()) await store.indexDay(day);
}

type Commit = (batch: CommitBatch) => ReturnType<DuckdbStore['commit']>;

async function indexing(commitOf: (store: DuckdbStore) => Commit): ReturnType<StoreAdapter<DuckdbStore>['create']> {
  const { store, reopen, remove } = await duckdbAdapter.create();
  return { store: over(store, commitOf), reopen: async () => over(await reopen(), commitOf), remove };
}

function over(inner: DuckdbStore, commitOf: (store: DuckdbStore) => Commit): DuckdbStore {
  const commit = commitOf(inner);
  // One after the other, as a single commit and its index are.
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...inner,
    commit: (batch) => {
      const receipt = last.then(() => commit(batch));
      last = receipt.catch(() => undefined);
      return receipt;
    },
  };
}
