import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WhosawError } from '../../../src/core/errors.ts';
import { openDuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { PASSWORD, batch, eventsIn, observation } from '../../contract/store-fixtures.ts';
import { expectRefused, newFolder } from './adapter.ts';

function folder(): { path: string; file: string } {
  const path = newFolder();
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return { path, file: join(path, 'whosaw.duckdb') };
}

async function sql(file: string, ...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

describe('a file that is not to be opened', () => {
  it.each([
    ['text', 'These are no events at all.\n'.repeat(500)],
    ['a few bytes', 'xyz'],
    ['zeros', '\u0000'.repeat(20_000)],
  ])('because it is %s', async (_, content) => {
    const { path, file } = folder();
    writeFileSync(file, content);
    await expectRefused(openDuckdbStore({ path }), 'STORE_CORRUPT', file);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('because another program made it', async () => {
    const { path, file } = folder();
    await sql(file, 'CREATE TABLE theirs (a INTEGER)');
    await expectRefused(openDuckdbStore({ path }), 'STORE_CORRUPT', 'not written by whosaw');
  });

  it('because a later version wrote it', async () => {
    const { path, file } = folder();
    await (await openDuckdbStore({ path })).close();
    await sql(file, 'UPDATE meta SET version = 99');
    await expectRefused(openDuckdbStore({ path }), 'STORE_CORRUPT', 'format 99');
    await expectRefused(openDuckdbStore({ path, readOnly: true }), 'STORE_CORRUPT', 'format 99');
  });
});

describe('a damaged file', () => {
  const storeOf = async (path: string): Promise<void> => {
    const store = await openDuckdbStore({ path });
    const observations = Array.from({ length: 3_000 }, (_, index) =>
      observation({ id: `e${index}`, team: `t${index}` }),
    );
    await store.commit(batch({ observations }));
    await store.close();
  };
  /** Everything that it says, or the error. */
  const read = async (path: string): Promise<unknown> => {
    try {
      const store = await openDuckdbStore({ path });
      try {
        await store.accesses({ secret: PASSWORD, fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
        return (await eventsIn(store)).map(({ observation }) => observation);
      } finally {
        await store.close();
      }
    } catch (error) {
      return error;
    }
  };

  it('cut short is refused', async () => {
    const { path, file } = folder();
    await storeOf(path);
    truncateSync(file, 300_000);
    expect(await read(path)).toMatchObject({ code: 'STORE_CORRUPT' });
  });

  it('with a changed byte is refused, or the byte said nothing', async () => {
    const { path, file } = folder();
    await storeOf(path);
    const good = readFileSync(file);
    const events = JSON.stringify(await read(path));
    let refused = 0;
    for (let at = 4_000; at < good.length; at += 50_021) {
      writeFileSync(file, good);
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, Buffer.of((good[at] ?? 0) ^ 0x5a), 0, 1, at);
      closeSync(descriptor);
      const result = await read(path);
      if (result instanceof WhosawError) {
        expect(result.code).toBe('STORE_CORRUPT');
        refused += 1;
      } else expect(JSON.stringify(result) === events).toBe(true);
      rmSync(`${file}.wal`, { force: true });
    }
    expect(refused).toBeGreaterThan(2);
  });
});

describe('a failed write', () => {
  it('ends all writing, because a later batch must not become durable without an earlier one', async () => {
    const { path } = folder();
    const store = await openDuckdbStore({ path });
    await store.commit(batch({ observations: [observation({ id: 'a' })] }));
    const good = observation({ id: 'b' });
    const bad = { ...good, event: { ...good.event, event: { ...good.event.event, id: 'no hex' } } };
    const commits = [bad, good].map((one) => store.commit(batch({ observations: [one] })));
    const results = await Promise.allSettled(commits);
    expect(results.map(({ status }) => status)).toStrictEqual(['rejected', 'rejected']);
    await expectRefused(store.commit(batch({ observations: [good] })), 'STORE_UNAVAILABLE', 'start whosaw again');
    expect(await eventsIn(store)).toHaveLength(1);
    await store.close();
    const again = await openDuckdbStore({ path });
    expect((await again.commit(batch({ observations: [good] }))).stored).toBe(1);
    await again.close();
  });
});
