import { ask } from './answers.ts';
import type { Elastic } from './client.ts';
import type { Indices } from './indices.ts';
import { eventMapping, OTHER_MAPPINGS, recordMapping, type Mapping } from './mappings.ts';

export interface SetupOptions {
  readonly elastic: Elastic;
  readonly prefix: string;
  readonly indices: Indices;
  readonly shards: number;
  readonly replicas: number;
  /** Name of a lifecycle policy for indices of events. */
  readonly lifecycle?: string;
}

/**
 * Puts component templates, the template of the events' indices, and the other indices on the server, again if need be:
 * what is there is brought up to date, and no document is touched. Says what it did, a line each. Throws STORE_REFUSED.
 */
export async function setUpIndices(options: SetupOptions): Promise<readonly string[]> {
  const { elastic, prefix, indices, shards, replicas, lifecycle } = options;
  const components: readonly (readonly [string, Mapping])[] = [
    [`${prefix}-ecs`, { mappings: eventMapping() }],
    [`${prefix}-record`, { mappings: recordMapping() }],
    [
      `${prefix}-settings`,
      {
        settings: {
          number_of_shards: shards,
          number_of_replicas: replicas,
          ...(lifecycle === undefined ? {} : { 'index.lifecycle.name': lifecycle }),
        },
      },
    ],
  ];
  await Promise.all(
    components.map(([name, template]) =>
      ask(elastic, { method: 'PUT', path: `/_component_template/${name}`, body: { template } }),
    ),
  );
  const names = components.map(([name]) => name);
  const template = { index_patterns: [indices.events], priority: PRIORITY, composed_of: names };
  await ask(elastic, { method: 'PUT', path: `/_index_template/${prefix}-events`, body: template });
  const others = Object.entries(OTHER_MAPPINGS).map(([name, mappings]) =>
    setUpIndex(options, indices[name as keyof typeof OTHER_MAPPINGS], mappings),
  );
  return [
    ...names.map((name) => `component template ${name}`),
    `index template ${prefix}-events for ${indices.events}`,
    ...(await Promise.all(others)),
  ];
}

async function setUpIndex({ elastic, replicas }: SetupOptions, index: string, mappings: Mapping): Promise<string> {
  const exists = await elastic.request({ method: 'HEAD', path: `/${index}` });
  if (exists.status === 200) {
    await ask(elastic, { method: 'PUT', path: `/${index}/_mapping`, body: mappings });
    return `index ${index}, which was there: mapping brought up to date`;
  }
  const settings = { number_of_shards: 1, number_of_replicas: replicas };
  await ask(elastic, { method: 'PUT', path: `/${index}`, body: { settings, mappings } });
  return `index ${index}, new`;
}

/** Above the templates that Elasticsearch itself brings. */
const PRIORITY = 500;
