import { setPriority } from 'node:os';
import { BLOB, BIGINT, DuckDBInstance, INTEGER, blobValue } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { unpackBlock } from './documents.ts';
import { ID_COLUMNS, SEALED_COLUMNS } from './sealed-columns.ts';
import type { SealAnswer, SealJob } from './sealer.ts';
import { append, createTable } from './table.ts';
import type { Table } from './table.ts';
import { bytesOf, numberOf, query, quote } from './values.ts';

/** `nice`: what follows the sources goes first. */
const LOW_PRIORITY = 10;

/**
 * Entry of the process that writes sealed files, of what the store copied out for it: one of its own, so that it can run
 * at a low priority and gives all its memory back. Ends with the process that started it.
 */
setPriority(LOW_PRIORITY);
process.on('disconnect', () => process.exit());
process.on('message', (job: SealJob) => {
  void write(job).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ ok: false, message: String(error) } satisfies SealAnswer),
  );
});

async function write({ folder, events, blocks, sealed, ids }: SealJob): Promise<SealAnswer> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: MEMORY_LIMIT,
    temp_directory: folder,
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await connection.run(`ATTACH ':memory:' AS store`);
    await connection.run(`SET allowed_directories = [${quote(folder)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    await connection.run(createTable(UNPACKED));
    await unpack(connection, blocks);
    const rows = `read_parquet(${quote(events)})`;
    const [row] = await query(
      connection,
      `COPY (
        SELECT ${SEALED_COLUMNS.join(', ')} FROM ${rows} e JOIN store.${UNPACKED.name} d USING (block, slot)
        ORDER BY e.secret, e.time, e.id
      ) TO ${quote(sealed)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    await connection.run(
      `COPY (SELECT ${ID_COLUMNS.join(', ')} FROM (FROM ${rows} ORDER BY time, id))
       TO ${quote(ids)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    const [bounds] = await query(connection, `SELECT min(time), max(time) FROM ${rows}`);
    connection.closeSync();
    return { ok: true, events: numberOf(row?.[0]), timeUs: [numberOf(bounds?.[0]), numberOf(bounds?.[1])] };
  } finally {
    instance.closeSync();
  }
}

/** Block by block, so that few are in memory beside the table. */
async function unpack(connection: DuckDBConnection, path: string): Promise<void> {
  const stream = await connection.stream(`SELECT block, data FROM read_parquet(${quote(path)})`);
  for await (const rows of stream.yieldRows()) {
    for (const [number, data] of rows) {
      const block = BigInt(numberOf(number));
      const documents = unpackBlock(bytesOf(data)).map((document, slot) => ({ block, slot, document }));
      await append(connection, UNPACKED, documents);
    }
  }
}

interface Unpacked {
  readonly block: bigint;
  readonly slot: number;
  readonly document: Buffer;
}

const UNPACKED: Table<Unpacked> = {
  name: 'unpacked',
  columns: [
    { name: 'block', type: BIGINT, of: ({ block }) => block },
    { name: 'slot', type: INTEGER, of: ({ slot }) => slot },
    { name: 'document', type: BLOB, of: ({ document }) => blobValue(document) },
  ],
};

const MEMORY_LIMIT = '1GB';
/** Small enough that a question about one secret reads little, large enough that what describes them stays small. */
const ROW_GROUP_ROWS = 8_192;
