import { describe } from 'vitest';
import type { StoreAdapter } from '../contract/store-adapter.ts';
import { alertsSuite } from '../contract/store-alerts.ts';
import { daysSuite } from '../contract/store-days.ts';
import { duplicatesSuite } from '../contract/store-duplicates.ts';
import { eventsSuite } from '../contract/store-events.ts';
import { readerSuite } from '../contract/store-reader.ts';
import { gapsSuite } from '../contract/store-gaps.ts';
import { identitiesSuite } from '../contract/store-identities.ts';
import { tallySuite } from '../contract/store-tally.ts';
import { searchSuite } from '../contract/store-search.ts';
import { stateSuite } from '../contract/store-state.ts';
import { MemoryDisk, MemoryStore } from './memory-store.ts';

const memoryAdapter: StoreAdapter<MemoryStore> = {
  name: 'memory',
  async create() {
    const disk = new MemoryDisk();
    return {
      store: new MemoryStore(disk),
      reopen: async () => new MemoryStore(disk),
      remove: async () => undefined,
    };
  },
};

/** The laws of the pipeline are tested on this store: it must promise what the real ones do. */
describe('the store in memory', () => {
  eventsSuite(memoryAdapter);
  duplicatesSuite(memoryAdapter);
  stateSuite(memoryAdapter);
  alertsSuite(memoryAdapter);
  readerSuite(memoryAdapter);
  searchSuite(memoryAdapter);
  tallySuite(memoryAdapter);
  identitiesSuite(memoryAdapter);
  daysSuite(memoryAdapter);
  gapsSuite(memoryAdapter);
});
