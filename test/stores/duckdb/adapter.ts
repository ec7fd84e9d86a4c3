import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { openDuckdbStore, type DuckdbStore } from '../../../src/stores/duckdb/open.ts';
import type { StoreAdapter } from '../../contract/store-adapter.ts';

export const duckdbAdapter: StoreAdapter<DuckdbStore> = {
  name: 'duckdb',
  async create() {
    const path = newFolder();
    let store = await openDuckdbStore({ path });
    return {
      store,
      async reopen() {
        await store.close();
        store = await openDuckdbStore({ path });
        return store;
      },
      async remove() {
        await store.close();
        rmSync(path, { recursive: true });
      },
    };
  },
};

/** A folder of the test's own, 0700. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'whosaw-store-'));
}

/** Fails unless the promise is rejected with the code, and a message that says `text`. */
export async function expectRefused(promise: Promise<unknown>, code: ErrorCode, text = ''): Promise<void> {
  const error = await promise.then(
    () => 'it was not refused',
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code });
  expect(String(error)).toContain(text);
}
