import { describe } from 'vitest';
import { halfIndexedDuckdbAdapter, indexedDuckdbAdapter } from '../stores/duckdb/indexed-adapter.ts';
import { daysSuite } from './store-days.ts';
import { identitiesSuite } from './store-identities.ts';
import { readerSuite } from './store-reader.ts';
import { searchSuite } from './store-search.ts';
import { tallySuite } from './store-tally.ts';

/** The same answers, whether days have an index or lost it. */
describe.each([indexedDuckdbAdapter, halfIndexedDuckdbAdapter])('$name', (adapter) => {
  readerSuite(adapter);
  searchSuite(adapter);
  tallySuite(adapter);
  identitiesSuite(adapter);
  daysSuite(adapter);
});
