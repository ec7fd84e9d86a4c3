import { describe, vi } from 'vitest';
import { elasticsearch } from '../services/elasticsearch.ts';
import { elasticsearchAdapter } from '../stores/elasticsearch/adapter.ts';
import { alertsSuite } from './store-alerts.ts';
import { duplicatesSuite } from './store-duplicates.ts';
import { eventsSuite } from './store-events.ts';
import { readerSuite } from './store-reader.ts';
import { gapsSuite } from './store-gaps.ts';
import { identitiesSuite } from './store-identities.ts';
import { searchSuite } from './store-search.ts';
import { stateSuite } from './store-state.ts';
import { tallySuite } from './store-tally.ts';

const url = elasticsearch('the contract of stores, over Elasticsearch');
// Every test makes indices of its own, which takes a second or more.
vi.setConfig({ testTimeout: 600_000 });

describe.runIf(url !== undefined)('over Elasticsearch', () => {
  const adapter = elasticsearchAdapter(url ?? '');
  eventsSuite(adapter);
  duplicatesSuite(adapter);
  stateSuite(adapter);
  alertsSuite(adapter);
  readerSuite(adapter);
  searchSuite(adapter);
  tallySuite(adapter);
  gapsSuite(adapter);
  identitiesSuite(adapter);
});

describe.runIf(url !== undefined)('over Elasticsearch, an index per month', () => {
  duplicatesSuite(elasticsearchAdapter(url ?? '', 'month'));
});
