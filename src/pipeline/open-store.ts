import { readFile } from 'node:fs/promises';
import { WhosawError } from '../core/errors.ts';
import type { EventStore, NotificationStore } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { DayStore } from '../core/days.ts';
import { readSecret } from '../alerts/read-secret.ts';
import type { ElasticOptions } from '../stores/elasticsearch/client.ts';
import type { ElasticsearchConfig } from '../stores/elasticsearch/config.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { patient, type Patience, type PipelineStore } from './patient-store.ts';

export interface OpenStore extends EventStore, NotificationStore, AccessReader {
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  /** To ask only. */
  readonly readOnly?: boolean;
  readonly log?: Log;
}

/** The store of the config. Each kind is loaded when it is asked for: the client of a cluster takes long to read. */
export async function openStore(config: Config['store'], options: OpenStoreOptions = {}): Promise<OpenStore> {
  const { readOnly = false, log } = options;
  if (config.type === 'duckdb') {
    const { openDuckdbStore } = await import('../stores/duckdb/open.ts');
    return openDuckdbStore({ path: config.path, readOnly });
  }
  const { openElasticsearchStore } = await import('../stores/elasticsearch/open.ts');
  const { prefix, period } = config;
  return openElasticsearchStore({
    ...(await elasticOptions(config)),
    prefix,
    period,
    readOnly,
    notice: (text, facts) => log?.warn(facts, text),
  });
}

/** For the pipeline: a server is waited for; the embedded store is never away. */
export function pipelineStore(store: OpenStore, { type }: Config['store'], patience: Patience): PipelineStore {
  return type === 'duckdb' ? store : patient(store, patience);
}

/** The embedded store seals and deletes its old days itself. */
export function keepsDays<T extends object>(store: T): store is T & DayStore {
  return 'sealDay' in store;
}

/** For messages and logs: where the store is. */
export function placeOf(config: Config['store']): string {
  return config.type === 'duckdb' ? config.path : urlsOf(config).join(', ');
}

/**
 * How the config's server is reached; `other`: as somebody else, whose key need not be there yet. Throws CONFIG_INVALID
 * where a file or variable is not there.
 */
export async function elasticOptions(
  config: ElasticsearchConfig,
  other: Pick<ElasticOptions, 'auth'> = {},
): Promise<ElasticOptions> {
  const { api_key, ca } = config;
  const isAsked = other.auth === undefined && api_key !== undefined;
  return {
    urls: urlsOf(config),
    ...(isAsked ? { auth: { apiKey: await readSecret(api_key, 'store.api_key') } } : other),
    ...(ca === undefined ? {} : { ca: await readPem(ca) }),
  };
}

function urlsOf({ url }: ElasticsearchConfig): readonly string[] {
  return typeof url === 'string' ? [url] : url;
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new WhosawError('CONFIG_INVALID', `store.ca: the file ${file} cannot be read; check the path.`, { cause });
  }
}
