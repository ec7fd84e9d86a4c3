import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import type { Config } from '../pipeline/config.ts';
import { elasticOptions } from '../pipeline/open-store.ts';
import type { ElasticsearchConfig } from '../stores/elasticsearch/config.ts';
import type { NewKey } from '../stores/elasticsearch/security.ts';
import { administrator, ADMINISTRATOR_HELP } from './elastic-administrator.ts';
import { configOption, readConfig } from './config-option.ts';

export function addSetupElasticsearch(setup: Command): void {
  setup
    .command('elasticsearch')
    .description('Put templates, indices, roles and keys on the server of the config; it deletes nothing.')
    .option('--keys <folder>', 'write new keys to files in a folder, 0600, instead of printing them')
    .addOption(configOption())
    .addHelpText(
      'after',
      `
Needs ${ADMINISTRATOR_HELP} New keys are printed once, or written with --keys: keep them where store.api_key points to.`,
    )
    .action(async (args: { readonly config?: string; readonly keys?: string }) => {
      const config = elasticsearchOf(await readConfig(args.config));
      for (const line of await setUp(config, args.keys)) console.log(line);
    });
}

/** Throws CONFIG_INVALID where the store is another one. */
export function elasticsearchOf({ store }: Config): ElasticsearchConfig {
  if (store.type === 'elasticsearch') return store;
  throw new WhosawError(
    'CONFIG_INVALID',
    'The store of the config is not Elasticsearch; set store.type and store.url.',
  );
}

async function setUp(config: ElasticsearchConfig, folder: string | undefined): Promise<readonly string[]> {
  const { connectElastic } = await import('../stores/elasticsearch/client.ts');
  const { indicesOf } = await import('../stores/elasticsearch/indices.ts');
  const { hasLifecycles, setUpLifecycle } = await import('../stores/elasticsearch/lifecycle.ts');
  const { hasSecurity, setUpSecurity } = await import('../stores/elasticsearch/security.ts');
  const { setUpIndices } = await import('../stores/elasticsearch/setup.ts');
  const { serverVersion } = await import('../stores/elasticsearch/version.ts');
  const { prefix, period, shards, replicas, retention } = config;
  const elastic = connectElastic(await elasticOptions(config, administrator()));
  try {
    const lines = [`Elasticsearch ${await serverVersion(elastic)} at ${elastic.address}`];
    const indices = indicesOf(prefix, period);
    const lifecycle = retention !== undefined && (await hasLifecycles(elastic)) ? `${prefix}-events` : undefined;
    if (retention !== undefined && lifecycle !== undefined) {
      await setUpLifecycle(elastic, lifecycle, Number.parseInt(retention, 10));
      lines.push(`lifecycle policy ${lifecycle}: indices of events are deleted after ${retention}`);
    }
    const options = { elastic, prefix, indices, shards, replicas, ...(lifecycle === undefined ? {} : { lifecycle }) };
    lines.push(...(await setUpIndices(options)));
    if (retention === undefined) lines.push('no lifecycle: store.retention is not set, so nothing is ever deleted');
    else if (lifecycle === undefined) lines.push('no lifecycle: this server has none; see docs/elasticsearch.md');
    if (!(await hasSecurity(elastic))) {
      return [...lines, 'no roles and keys: security is off, whoever reaches the server may change and delete events'];
    }
    const { roles, keys } = await setUpSecurity(elastic, prefix, indices);
    lines.push(...roles.map((role) => `role ${role}`));
    if (keys.length === 0) lines.push('API keys were there');
    if (folder !== undefined) return [...lines, ...(await writeKeys(folder, keys))];
    // Shown here and nowhere else.
    return [...lines, ...keys.map(({ name, key }) => `API key ${name}, shown this once: ${key.reveal()}`)];
  } finally {
    await elastic.close();
  }
}

/** `FOLDER/whosaw-writer.key`. Throws CONFIG_INVALID where it cannot be written: the key is lost then. */
async function writeKeys(folder: string, keys: readonly NewKey[]): Promise<readonly string[]> {
  return Promise.all(
    keys.map(async ({ name, key }) => {
      const file = join(folder, `${name}.key`);
      await writeFile(file, `${key.reveal()}\n`, { mode: 0o600 }).catch((cause: unknown) => {
        const message = `API key ${name} was made, and ${file} cannot be written: revoke the key, and set up again.`;
        throw new WhosawError('CONFIG_INVALID', message, { cause });
      });
      return `API key ${name}, in ${file}`;
    }),
  );
}
