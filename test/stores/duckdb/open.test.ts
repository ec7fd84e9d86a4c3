import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { batch, eventsIn, observation } from '../../contract/store-fixtures.ts';
import { expectRefused, newFolder } from './adapter.ts';
import { killed, linesOf, startChild } from './children.ts';

const mode = (name: string): string => (statSync(name).mode & 0o777).toString(8);

function folder(): string {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('the folder', () => {
  it('is made, and all in it is for this user only', async () => {
    const path = join(folder(), 'a', 'b');
    const store = await openDuckdbStore({ path });
    const modes = (): readonly string[] => readdirSync(path).map((name) => mode(join(path, name)));
    await store.commit(batch({ observations: [observation({ id: 'a' })] }));
    expect(mode(path)).toBe('700');
    expect(modes()).toStrictEqual(['700', '600', '600']);
    await store.close();
    expect(modes()).toStrictEqual(['700', '600']);
    expect(mode(join(path, '..'))).toBe('700');
  });

  it('gets its files back to 600', async () => {
    const path = folder();
    await (await openDuckdbStore({ path })).close();
    chmodSync(join(path, 'whosaw.duckdb'), 0o644);
    await (await openDuckdbStore({ path })).close();
    expect(mode(join(path, 'whosaw.duckdb'))).toBe('600');
  });

  it.each([0o750, 0o701, 0o777, 0o720])('of mode %o is refused, with what to do', async (wrong) => {
    const path = join(folder(), 'store');
    mkdirSync(path);
    chmodSync(path, wrong);
    await expectRefused(openDuckdbStore({ path }), 'STORE_UNSAFE', `chmod 700 ${path}`);
    expect(readdirSync(path)).toStrictEqual([]);
  });

  it('of another user is refused', async () => {
    const path = process.getuid?.() === 0 ? folder() : '/usr';
    if (path !== '/usr') chownSync(path, 12_345, 12_345);
    await expectRefused(openDuckdbStore({ path }), 'STORE_UNSAFE', 'belongs to user');
    expect(existsSync(join(path, 'whosaw.duckdb'))).toBe(false);
  });

  it('may hold what a kill left of a store that was being made', async () => {
    const path = folder();
    for (const name of ['whosaw.duckdb.new', 'whosaw.duckdb.new.wal']) writeFileSync(join(path, name), 'unfinished');
    await (await openDuckdbStore({ path })).close();
    expect(readdirSync(path)).toStrictEqual(['sealed', 'whosaw.duckdb']);
  });

  it('may have quotes in its name', async () => {
    const path = join(folder(), `it's "mine"; --`);
    const store = await openDuckdbStore({ path });
    await store.commit(batch({ observations: [observation({ id: 'a' })] }));
    await store.close();
    expect(readdirSync(path)).toStrictEqual(['sealed', 'whosaw.duckdb']);
  });
});

describe('a second opening', () => {
  it.each([false, true])('in the same process is refused (read-only: %s)', async (readOnly) => {
    const path = folder();
    const store = await openDuckdbStore({ path });
    await expectRefused(openDuckdbStore({ path, readOnly }), 'STORE_BUSY', `process ${process.pid}`);
    await store.commit(batch({ observations: [observation({ id: 'a' })] }));
    await store.close();
    const again = await openDuckdbStore({ path, readOnly });
    expect(await eventsIn(again)).toHaveLength(1);
    await again.close();
  });

  it.each([false, true])(
    'by another process is refused, with what to ask instead (read-only: %s)',
    async (readOnly) => {
      const path = folder();
      const child = startChild('hold', path);
      for await (const _ of linesOf(child)) break;
      await expectRefused(openDuckdbStore({ path, readOnly }), 'STORE_BUSY', `process ${child.pid})`);
      await expectRefused(openDuckdbStore({ path, readOnly }), 'STORE_BUSY', 'socket.path');
      await killed(child);
      await (await openDuckdbStore({ path })).close();
    },
  );

  it('to read beside another one that reads is fine', async () => {
    const path = folder();
    await (await openDuckdbStore({ path })).close();
    const stores = await Promise.all([1, 2].map(() => openDuckdbStore({ path, readOnly: true })));
    for (const store of stores) expect(await store.sources()).toStrictEqual([]);
    for (const store of stores) await store.close();
  });
});

describe('a store opened for reading', () => {
  it('has to be there', async () => {
    const path = folder();
    await expectRefused(openDuckdbStore({ path, readOnly: true }), 'NOT_FOUND', path);
    await expectRefused(openDuckdbStore({ path: join(path, 'no'), readOnly: true }), 'NOT_FOUND', path);
    expect(readdirSync(path)).toStrictEqual([]);
  });

  it('shows all, also what only the log of a killed process has, and changes nothing', async () => {
    const path = folder();
    const child = startChild('commit', path);
    for await (const _ of linesOf(child)) break;
    await killed(child);
    const sizes = (): readonly string[] =>
      readdirSync(path).map((name) => `${name} ${statSync(join(path, name)).size}`);
    const before = sizes();
    const store = await openDuckdbStore({ path, readOnly: true });
    expect((await eventsIn(store)).length).toBeGreaterThan(0);
    expect((await store.secrets('db-password', 1)).length).toBe(1);
    await expectRefused(store.commit(batch()), 'STORE_UNAVAILABLE', 'for reading only');
    await expectRefused(store.markWarmed(['r']), 'STORE_UNAVAILABLE', 'for reading only');
    await store.close();
    expect(sizes()).toStrictEqual(before);
  });
});

describe('close', () => {
  it('waits for what was committed, and can be called twice', async () => {
    const path = folder();
    const store = await openDuckdbStore({ path });
    const commits = Array.from({ length: 10 }, (_, number) =>
      store.commit(batch({ observations: [observation({ id: `e${number}` })] })),
    );
    await Promise.all([store.close(), store.close()]);
    expect((await Promise.all(commits)).every(({ stored }) => stored === 1)).toBe(true);
    await expectRefused(store.commit(batch()), 'STORE_UNAVAILABLE', 'closed');
    await expectRefused(store.sources(), 'STORE_UNAVAILABLE', 'closed');
    const again = await openDuckdbStore({ path });
    expect(await eventsIn(again)).toHaveLength(10);
    await again.close();
  });
});
