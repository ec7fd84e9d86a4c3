import type { AccessReader } from '../core/access-reader.ts';
import type { Config } from '../pipeline/config.ts';
import { openStore } from '../pipeline/open-store.ts';
import { askLocal } from '../server/ask-local.ts';

export interface OpenReader extends AccessReader {
  close(): void | Promise<void>;
}

/** The running process, over its socket; where none runs, its store, read-only. */
export async function openReader(config: Pick<Config, 'socket' | 'store'>): Promise<OpenReader> {
  const running = await askLocal(config.socket.path);
  return running ?? openStore(config.store, { readOnly: true });
}
