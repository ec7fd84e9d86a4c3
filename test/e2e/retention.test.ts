import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { openDuckdbStore } from '../../src/stores/duckdb/open.ts';
import { batch, observation } from '../contract/store-fixtures.ts';
import { folderWith, start, whosaw, type Ended } from './whosaw.ts';
import { vaultRead } from './vault-log.ts';

const DAY_MS = 86_400_000;
const at = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY_MS).toISOString();
const date = (daysAgo: number): string => at(daysAgo).slice(0, 10);

it('retention says, does and is told of: whole days, once', async () => {
  const folder = folderWith({
    'audit.log': vaultRead({ time: at(0), id: 'now' }),
    'whosaw.yaml': `sources: { vault: { type: vault, cluster: eu, file: audit.log } }
store: { path: store, seal_after: 5d, retention: 10d }
socket: { path: s }
`,
  });
  onTestFinished(folder.remove);
  const store = await openDuckdbStore({ path: folder.at('store') });
  const days = [20, 8, 1].map((daysAgo) => observation({ id: `${daysAgo}`, at: at(daysAgo) }));
  await store.commit(batch({ observations: days }));
  await store.close();
  const run = (...args: readonly string[]): Promise<Ended> => whosaw([...args, '-c', folder.at('whosaw.yaml')]);

  const planned = `DAY         EVENTS  WHAT\n${date(20)}       1  would be deleted (10d)\n${date(8)}       1  would be sealed\n`;
  expect(await run('retention', '--dry-run')).toMatchObject({ code: 0, stdout: planned });
  const done = planned.replaceAll('would be ', '');
  expect(await run('retention')).toMatchObject({ code: 0, stdout: done });
  expect(await run('retention')).toMatchObject({ code: 0, stdout: 'No day is old enough.\n' });
  expect(readdirSync(folder.at('store/sealed')).filter((name) => name.endsWith('.parquet'))).toStrictEqual([
    `${date(8)}.1.parquet`,
  ]);

  const note = `Events before ${date(19)} were deleted by retention (10d).`;
  const who = await run('who', 'db-password', '--since', '30d');
  expect(who.stdout).toContain(note);
  expect(who.stdout).toContain('person:sam@acme.example      2');
  expect((await run('who', 'db-password', '--since', '15d')).stdout).not.toContain('deleted');
  expect((await run('search', '', '--since', '30d')).stderr).toContain(note);
  expect((await run('top', '--since', '30d')).stderr).toContain(note);
  expect((await run('timeline', 'sam', '--since', '30d')).stdout).toContain(note);
}, 180_000);

it('up seals and deletes by itself, and tells who asks', async () => {
  const folder = folderWith({
    'audit.log': vaultRead({ time: at(0), id: 'now' }),
    'whosaw.yaml': `sources: { vault: { type: vault, cluster: eu, file: audit.log } }
store: { path: store, seal_after: 5d, retention: 10d }
socket: { path: s }
`,
  });
  onTestFinished(folder.remove);
  const store = await openDuckdbStore({ path: folder.at('store') });
  await store.commit(batch({ observations: [20, 8].map((ago) => observation({ id: `${ago}`, at: at(ago) })) }));
  await store.close();
  const up = start(['up', '-c', folder.at('whosaw.yaml')]);
  onTestFinished(async () => void (await up.end()));
  await expect.poll(up.stderr, { timeout: 60_000 }).toContain('Sealed a day.');
  expect(up.stderr()).toContain('Deleted a day: retention.');
  const run = (...args: readonly string[]): Promise<Ended> => whosaw([...args, '-c', folder.at('whosaw.yaml')]);
  expect(await run('retention', '--dry-run')).toMatchObject({ code: 0, stdout: 'No day is old enough.\n' });
  expect(await run('retention')).toMatchObject({ code: 2, stderr: expect.stringContaining('by itself') });
  expect((await run('who', 'db-password', '--since', '30d')).stdout).toContain('deleted by retention (10d)');
}, 180_000);
