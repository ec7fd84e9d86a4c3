import { randomUUID } from 'node:crypto';
import { connectElastic, type Elastic } from '../../../src/stores/elasticsearch/client.ts';
import { indicesOf, type Period } from '../../../src/stores/elasticsearch/indices.ts';
import { openElasticsearchStore, type ElasticsearchStore } from '../../../src/stores/elasticsearch/open.ts';
import { setUpIndices } from '../../../src/stores/elasticsearch/setup.ts';
import type { StoreAdapter } from '../../contract/store-adapter.ts';

/** Each store has indices of its own. */
export function elasticsearchAdapter(url: string, period: Period = 'day'): StoreAdapter {
  return {
    name: `elasticsearch (an index per ${period})`,
    async create() {
      const { prefix, remove } = await newIndices(url, period);
      const open = (): Promise<ElasticsearchStore> => openElasticsearchStore({ urls: [url], prefix, period });
      let store = await open();
      return {
        store,
        async reopen() {
          await store.close();
          store = await open();
          return store;
        },
        async remove() {
          await store.close();
          await remove();
        },
      };
    },
  };
}

/** A server refuses to delete by a pattern; and it holds a thousand shards, so that what is left over counts. */
async function removeIndices(elastic: Elastic, prefix: string): Promise<void> {
  const query = { format: 'json', h: 'index', expand_wildcards: 'all' };
  const { body } = await elastic.request<readonly { readonly index: string }[]>({
    method: 'GET',
    path: `/_cat/indices/${prefix}-*`,
    query,
  });
  const names = body.map(({ index }) => index);
  if (names.length > 0) await elastic.request({ method: 'DELETE', path: `/${names.join(',')}` });
}

/** Templates and indices under a name of the test's own. */
export async function newIndices(
  url: string,
  period: Period = 'day',
): Promise<{ readonly prefix: string; readonly remove: () => Promise<void> }> {
  const prefix = `test-${randomUUID().slice(0, 13)}`;
  const elastic = connectElastic({ urls: [url] });
  await setUpIndices({ elastic, prefix, indices: indicesOf(prefix, period), shards: 1, replicas: 0 });
  return {
    prefix,
    async remove() {
      await removeIndices(elastic, prefix);
      await elastic.request({ method: 'DELETE', path: `/_index_template/${prefix}-events` });
      for (const part of ['ecs', 'record', 'settings']) {
        await elastic.request({ method: 'DELETE', path: `/_component_template/${prefix}-${part}` });
      }
      await elastic.close();
    },
  };
}
