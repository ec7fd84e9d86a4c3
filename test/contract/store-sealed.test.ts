import { describe, vi } from 'vitest';
import { sealedDuckdbAdapter as adapter } from '../stores/duckdb/sealed-adapter.ts';
import { duplicatesSuite } from './store-duplicates.ts';
import { eventsSuite } from './store-events.ts';
import { identitiesSuite } from './store-identities.ts';
import { readerSuite } from './store-reader.ts';
import { searchSuite } from './store-search.ts';
import { stateSuite } from './store-state.ts';
import { tallySuite } from './store-tally.ts';

/** Sealing takes its time. */
vi.setConfig({ testTimeout: 300_000 });

/** The same answers, wherever the events are. */
describe(adapter.name, () => {
  eventsSuite(adapter);
  duplicatesSuite(adapter);
  stateSuite(adapter);
  readerSuite(adapter);
  searchSuite(adapter);
  tallySuite(adapter);
  identitiesSuite(adapter);
});
