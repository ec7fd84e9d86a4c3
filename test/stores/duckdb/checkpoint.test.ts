import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { PASSWORD, eventsIn } from '../../contract/store-fixtures.ts';
import { newFolder } from './adapter.ts';
import { EVENTS_PER_BATCH, numberedBatch } from './numbered-batch.ts';

const BATCHES = 17;

it('moves the log into the file while questions go on', async () => {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  const store = await openDuckdbStore({ path });
  const commits = Array.from({ length: BATCHES }, (_, number) => store.commit(numberedBatch(number)));
  const counts: number[] = [];
  while (counts.at(-1) !== BATCHES * EVENTS_PER_BATCH) {
    const groups = await store.accesses({ secret: PASSWORD, fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
    counts.push(groups[0]?.count ?? 0);
  }
  // A batch is seen as a whole or not at all, and never goes again.
  expect(counts.every((count, index) => count % EVENTS_PER_BATCH === 0 && count >= (counts[index - 1] ?? 0))).toBe(
    true,
  );
  expect((await Promise.all(commits)).every(({ stored }) => stored === EVENTS_PER_BATCH)).toBe(true);
  await store.settle({ alertId: 'unknown', sink: 'none' }, { state: 'delivered', atMs: 1 });
  // Right behind a checkpoint there is no log at all.
  const log = statSync(join(path, 'whosaw.duckdb.wal'), { throwIfNoEntry: false });
  expect(log?.size ?? 0).toBeLessThan(3_000_000);
  expect(await eventsIn(store)).toHaveLength(BATCHES * EVENTS_PER_BATCH);
  await store.close();
});
