import { describe } from 'vitest';
import { tallySuite } from './store-tally.ts';
import { duckdbAdapter } from '../stores/duckdb/adapter.ts';
import { alertsSuite } from './store-alerts.ts';
import { daysSuite } from './store-days.ts';
import { duplicatesSuite } from './store-duplicates.ts';
import { eventsSuite } from './store-events.ts';
import { readerSuite } from './store-reader.ts';
import { gapsSuite } from './store-gaps.ts';
import { identitiesSuite } from './store-identities.ts';
import { searchSuite } from './store-search.ts';
import { stateSuite } from './store-state.ts';

/** Every store that there is. */
const ADAPTERS = [duckdbAdapter];

describe.each(ADAPTERS)('$name', (adapter) => {
  eventsSuite(adapter);
  duplicatesSuite(adapter);
  stateSuite(adapter);
  alertsSuite(adapter);
  readerSuite(adapter);
  searchSuite(adapter);
  tallySuite(adapter);
  gapsSuite(adapter);
  identitiesSuite(adapter);
  daysSuite(adapter);
});
