import { appendFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DAY_INDEX_TABLES } from '../../../src/stores/duckdb/day-index-tables.ts';
import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { batch, idsIn, observation } from '../../contract/store-fixtures.ts';
import { expectRefused, newFolder } from './adapter.ts';
import { writeHistory } from './history-events.ts';

describe('opening a store with sealed days', () => {
  it('removes what no segment names', async () => {
    const path = await history();
    for (const folder of ['sealed', 'sealed/_ids']) writeFileSync(join(path, folder, '2025-10-18.7.parquet'), 'left');
    writeFileSync(join(path, 'sealed/_work/half'), 'left');
    const store = await openDuckdbStore({ path });
    expect(await idsIn(store)).toHaveLength(5);
    await store.close();
    expect(readdirSync(join(path, 'sealed'))).toStrictEqual([
      '2025-10-18.1.parquet',
      '2025-10-19.1.parquet',
      '_ids',
      '_work',
    ]);
    expect(readdirSync(join(path, 'sealed/_work'))).toStrictEqual([]);
  });

  it.each(['2025-10-18.1.parquet', '_ids/2025-10-18.1.parquet'])(
    'refuses it without %s, or with another',
    async (name) => {
      const path = await history();
      const file = join(path, 'sealed', name);
      renameSync(file, join(path, 'aside'));
      await expectRefused(openDuckdbStore({ path }), 'STORE_CORRUPT', 'is missing');
      renameSync(join(path, 'aside'), file);
      appendFileSync(file, 'x');
      await expectRefused(openDuckdbStore({ path }), 'STORE_CORRUPT', 'bytes instead of');
    },
  );

  it('can be read while nothing runs', async () => {
    const store = await openDuckdbStore({ path: await history(), readOnly: true });
    expect(await idsIn(store)).toHaveLength(5);
    await store.close();
  });
});

it.each([1, 2])('a store of format %i is brought up to date by a writer', async (version) => {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  const before = await openDuckdbStore({ path });
  await before.commit(batch({ observations: [observation({ id: 'a' })] }));
  await before.close();
  const instance = await DuckDBInstance.create(join(path, 'whosaw.duckdb'));
  const connection = await instance.connect();
  const later = [...(version === 1 ? ['segments', 'deletions'] : []), ...Object.keys(DAY_INDEX_TABLES)];
  for (const table of later) await connection.run(`DROP TABLE ${table}`);
  await connection.run(`UPDATE meta SET version = ${version}`);
  instance.closeSync();
  await expectRefused(openDuckdbStore({ path, readOnly: true }), 'STORE_UNAVAILABLE', 'whosaw up');
  for (let time = 0; time < 2; time++) {
    const store = await openDuckdbStore({ path });
    expect(await idsIn(store)).toHaveLength(1);
    expect(await store.sealDay(20_162)).toBe(1 - time);
    await store.close();
  }
});

async function history(): Promise<string> {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  await writeHistory(path);
  return path;
}
