import type { AccessReader } from '../core/access-reader.ts';
import type { Config } from '../pipeline/config.ts';
import { askLocal } from '../server/ask-local.ts';
import { openDuckdbStore } from '../stores/duckdb/open.ts';

export interface OpenReader extends AccessReader {
  close(): void | Promise<void>;
}

/** The running process, over its socket; where none runs, its store, read-only. */
export async function openReader(config: Pick<Config, 'socket' | 'store'>): Promise<OpenReader> {
  const running = await askLocal(config.socket.path);
  return running ?? openDuckdbStore({ path: config.store.path, readOnly: true });
}
