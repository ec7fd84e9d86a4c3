import { DuckDBDataChunk } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';

/** Name under which the store's file is attached. */
export const CATALOG = 'store';

/** A table as its columns: what creates it is what fills it. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
}

export interface Column<Row> {
  readonly name: string;
  readonly type: DuckDBType;
  readonly compression?: 'zstd';
  /** The row's value; null where it has none. */
  readonly of: (row: Row) => DuckDBValue;
}

export function createTable<Row>({ name, columns }: Table<Row>): string {
  const definitions = columns.map(
    ({ name, type, compression }) =>
      `${name} ${type.toString()}${compression ? ` USING COMPRESSION ${compression}` : ''}`,
  );
  return `CREATE TABLE ${CATALOG}.${name} (${definitions.join(', ')})`;
}

/** Appends rows within the connection's transaction. Blocks the thread: for worker threads only. */
export async function append<Row>(
  connection: DuckDBConnection,
  { name, columns }: Table<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const appender = await connection.createAppender(name, 'main', CATALOG);
  const types = columns.map(({ type }) => type);
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const part = rows.slice(start, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    for (const [index, column] of columns.entries()) chunk.setColumnValues(index, part.map(column.of));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

/** DuckDB's vector size: no chunk holds more. */
const CHUNK_ROWS = 2048;
