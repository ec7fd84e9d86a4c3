import type { DuckDBConnection } from '@duckdb/node-api';
import type { Mark } from '../../core/ports.ts';
import { id128 } from '../../lib/hash.ts';
import { CATALOG, append } from './table.ts';
import { MARKS, WARMED } from './tables.ts';
import { idList, query, textList, textOf } from './values.ts';

/** Replaces marks of the same rule, group and day. */
export async function writeMarks(connection: DuckDBConnection, marks: readonly Mark[]): Promise<void> {
  if (marks.length === 0) return;
  const rows = new Map(
    marks.map(({ rule, group, day, hits }) => {
      const key = id128(JSON.stringify([rule, group, day]));
      return [key, { key, rule, group, day, hits: JSON.stringify(hits) }];
    }),
  );
  const days = marks.map(({ day }) => day);
  await query(connection, DELETE, {
    keys: idList([...rows.keys()]),
    from: days.reduce((low, day) => Math.min(low, day)),
    to: days.reduce((high, day) => Math.max(high, day)),
  });
  await append(connection, MARKS, [...rows.values()]);
}

export async function writeWarmed(connection: DuckDBConnection, rules: readonly string[]): Promise<void> {
  const rows = await query(connection, SELECT_WARMED, { rules: textList(rules) });
  const known = new Set(rows.map(([rule]) => textOf(rule)));
  await append(
    connection,
    WARMED,
    [...new Set(rules)].filter((rule) => !known.has(rule)),
  );
}

const DELETE = `
  DELETE FROM ${CATALOG}.marks WHERE day BETWEEN $from AND $to AND key IN (SELECT unnest($keys))`;
const SELECT_WARMED = `SELECT rule FROM ${CATALOG}.warmed WHERE rule IN (SELECT unnest($rules))`;
