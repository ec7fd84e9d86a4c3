import { elasticOptions } from '../pipeline/open-store.ts';
import type { ElasticsearchConfig } from '../stores/elasticsearch/config.ts';

/** Reaches the server, opens the store on it, and proves what its key may not do. */
export async function checkElasticsearch(config: ElasticsearchConfig): Promise<string> {
  const { connectElastic } = await import('../stores/elasticsearch/client.ts');
  const { indicesOf } = await import('../stores/elasticsearch/indices.ts');
  const { refuseUnprepared } = await import('../stores/elasticsearch/prepared.ts');
  const { proveWriter } = await import('../stores/elasticsearch/prove-writer.ts');
  const { serverVersion } = await import('../stores/elasticsearch/version.ts');
  const elastic = connectElastic(await elasticOptions(config));
  try {
    const version = await serverVersion(elastic);
    const indices = indicesOf(config.prefix, config.period);
    await refuseUnprepared(elastic, indices);
    const proof = await proveWriter(elastic, indices);
    return `Elasticsearch ${version} at ${elastic.address} is prepared; ${wordsOf(proof)}`;
  } finally {
    await elastic.close();
  }

  function wordsOf(proof: Awaited<ReturnType<typeof proveWriter>>): string {
    switch (proof.kind) {
      case 'no security':
        return 'its security is off: whoever reaches it may change and delete events';
      case 'read only':
        return 'the key may read and not write: a responder’s, not for `whosaw up`';
      case 'create only':
        return `the key may create events, and may not change or delete one (${
          proof.triedOn === undefined
            ? 'says the server; there is no index yet to try it on'
            : `tried on ${proof.triedOn}`
        })`;
    }
  }
}
