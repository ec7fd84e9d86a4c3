import type { DuckDBConnection } from '@duckdb/node-api';
import { BIGINT, VARCHAR } from '@duckdb/node-api';
import type { Gap } from '../../core/gap.ts';
import type { GapQuestion } from '../../core/access-reader.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { append, CATALOG, createTable, type Table } from './table.ts';
import { bigintOf, query, textOf } from './values.ts';

/** Each version of each gap; rows are never changed. */
const GAPS: Table<Gap> = {
  name: 'gaps',
  columns: [
    { name: 'id', type: VARCHAR, of: ({ id }) => id },
    { name: 'version', type: BIGINT, of: ({ version }) => BigInt(version) },
    { name: 'begins', type: BIGINT, of: ({ from }) => BigInt(parseTimeUs(from) ?? 0) },
    { name: 'ends', type: BIGINT, of: ({ to }) => (to === undefined ? null : BigInt(parseTimeUs(to) ?? 0)) },
    { name: 'document', type: VARCHAR, of: (gap) => JSON.stringify(gap) },
  ],
};

/** Makes the table where there is none: stores of before gaps were kept get it as well. */
export async function createGaps(connection: DuckDBConnection): Promise<void> {
  if (!(await hasGaps(connection))) await connection.run(createTable(GAPS));
}

export function writeGaps(connection: DuckDBConnection, gaps: readonly Gap[]): Promise<void> {
  return append(connection, GAPS, gaps);
}

export async function readGaps(
  connection: DuckDBConnection,
  { fromUs, toUs, limit }: GapQuestion,
): Promise<readonly Gap[]> {
  if (!(await hasGaps(connection))) return [];
  const rows = await query(connection, SELECT, {
    from: bigintOf(fromUs),
    to: bigintOf(toUs),
    limit: bigintOf(limit),
  });
  return rows.map(([document]) => JSON.parse(textOf(document)) as Gap);
}

async function hasGaps(connection: DuckDBConnection): Promise<boolean> {
  const found = await query(connection, HAS, { catalog: CATALOG, name: GAPS.name });
  return found.length > 0;
}

const HAS = `SELECT 1 FROM duckdb_tables() WHERE database_name = $catalog AND table_name = $name`;
const NEWEST = `SELECT * FROM ${CATALOG}.gaps QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC) = 1`;
const SELECT = `SELECT document FROM (${NEWEST})
  WHERE begins <= $to AND (ends IS NULL OR ends >= $from) ORDER BY begins, id LIMIT $limit`;
