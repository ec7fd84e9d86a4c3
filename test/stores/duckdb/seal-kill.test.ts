import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DELETE_STEPS, SEAL_STEPS, type DayStep } from '../../../src/core/days.ts';
import { openDuckdbStore, type DuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { batch, eventsIn, observation } from '../../contract/store-fixtures.ts';
import { newFolder } from './adapter.ts';

vi.setConfig({ testTimeout: 180_000 });

const DAY = Date.parse('2025-03-15T00:00:00Z') / 86_400_000;

/** Events of a day, and one each of the days around it, in blocks that they share. */
const EVENTS = Array.from({ length: 60 }, (_, index) =>
  observation({ id: `${index}`, at: new Date(DAY * 86_400_000 + (index - 1) * 1_500_000).toISOString() }),
);
const LATE = observation({ id: 'late', at: '2025-03-15T12:00:00.5Z' });

describe('kill -9', () => {
  it.each(SEAL_STEPS)('of sealing behind "%s" leaves every event once, and nothing else', async (step) => {
    const path = await storeFolder();
    for (const observations of [EVENTS, [LATE]]) {
      let store = await openDuckdbStore({ path });
      await store.commit(batch({ observations }));
      const before = await eventsIn(store);
      await store.close();
      killBehind(path, 'seal', step);
      store = await openDuckdbStore({ path });
      expect(await eventsIn(store)).toStrictEqual(before);
      await expectNoLeftovers(path, store);
      const again = await store.commit(batch({ observations: [...EVENTS, LATE].slice(0, before.length) }));
      expect(again).toStrictEqual({ stored: 0, duplicates: before.length, conflicts: 0 });
      await store.sealDay(DAY);
      expect(await eventsIn(store)).toStrictEqual(before);
      expect((await store.days()).map(({ open, sealed }) => [open, sealed])).toStrictEqual([
        [1, 0],
        [0, before.length - 2],
        [1, 0],
      ]);
      await store.close();
    }
  });

  it.each(DELETE_STEPS)('of deleting a day behind "%s" leaves nothing of it', async (step) => {
    const path = await storeFolder();
    let store = await openDuckdbStore({ path });
    await store.commit(batch({ observations: EVENTS }));
    await store.sealDay(DAY);
    await store.commit(batch({ observations: [LATE] }));
    await store.close();
    killBehind(path, 'delete', step);
    store = await openDuckdbStore({ path });
    expect(await eventsIn(store)).toHaveLength(2);
    expect(await store.deletions([0, Infinity])).toMatchObject([{ day: DAY, events: EVENTS.length - 1 }]);
    await expectNoLeftovers(path, store);
    await store.close();
  });
});

async function storeFolder(): Promise<string> {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function killBehind(path: string, what: 'seal' | 'delete', step: DayStep): void {
  const script = fileURLToPath(new URL('./seal.child.ts', import.meta.url));
  const run = (): string =>
    execFileSync(process.execPath, [script, path, what, String(DAY), step], { encoding: 'utf8' });
  expect(run).toThrow(expect.objectContaining({ signal: 'SIGKILL', stdout: '' }));
}

/** The sealed files are those that count, in private, and nothing is being written. */
async function expectNoLeftovers(path: string, store: DuckdbStore): Promise<void> {
  const counted = (await store.days()).reduce((sum, { files }) => sum + files, 0);
  const sealed = join(path, 'sealed');
  for (const folder of [sealed, join(sealed, '_ids')]) {
    const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'));
    expect(files).toHaveLength(counted);
    for (const name of files) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  }
  expect(readdirSync(join(sealed, '_work'))).toStrictEqual([]);
}
