import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_US } from '../../lib/time.ts';
import { dayOf, type SortedCopy } from './day-index-tables.ts';
import { storedEvents, type EventSource } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { bigintOf, numberOf, query } from './values.ts';

/** Inclusive, microseconds. */
export type TimeRange = readonly [number, number];

/** A range as days that have an index, and what lies between them. */
export interface DividedRange {
  /** Builds of days that lie within the range as a whole, and of those at its ends of which only a part does. */
  readonly whole: readonly number[];
  readonly partly: readonly number[];
  readonly rest: readonly TimeRange[];
}

export async function divideRange(connection: DuckDBConnection, [fromUs, toUs]: TimeRange): Promise<DividedRange> {
  const bounds = { from: bigintOf(dayOf(fromUs)), to: bigintOf(dayOf(toUs)) };
  const rows = await query(connection, INDEXES, bounds);
  const divided = { whole: [] as number[], partly: [] as number[], rest: [] as TimeRange[] };
  let restUs = fromUs;
  for (const [day, build] of rows) {
    const [firstUs, lastUs] = [numberOf(day) * DAY_US, (numberOf(day) + 1) * DAY_US - 1];
    (firstUs >= fromUs && lastUs <= toUs ? divided.whole : divided.partly).push(numberOf(build));
    if (restUs < firstUs) divided.rest.push([restUs, firstUs - 1]);
    restUs = lastUs + 1;
  }
  if (restUs <= toUs) divided.rest.push([restUs, toUs]);
  return divided;
}

/** Events of the range, as far as they are in such copies: from the copies of days, and from the store between them. */
export async function indexedEvents(source: EventSource, copy: SortedCopy, range: TimeRange): Promise<string> {
  const { whole, partly, rest } = await divideRange(source.connection, range);
  return partsOf(source, copy, [{ builds: whole }, { builds: partly, range }, ...rest.map((range) => ({ range }))]);
}

/** Rows of some builds, or of the store where none are named. */
export interface Part {
  readonly builds?: readonly number[];
  readonly range?: TimeRange;
  readonly where?: string;
}

/** To stand behind FROM, with the columns of the copy. */
export async function partsOf(source: EventSource, copy: SortedCopy, parts: readonly Part[]): Promise<string> {
  const columns = copy.columns.join(', ');
  const selects: string[] = [];
  for (const { builds, range, where = 'true' } of parts) {
    if (builds?.length === 0) continue;
    const from = builds === undefined ? await storedEvents(source, { timeUs: range }) : `${CATALOG}.${copy.table}`;
    const which = builds === undefined ? copy.where : `build IN (${builds.join(', ')})`;
    const when = range === undefined ? 'true' : `time BETWEEN ${bigintOf(range[0])} AND ${bigintOf(range[1])}`;
    selects.push(`SELECT ${columns} FROM ${from} WHERE ${when} AND ${which} AND ${where}`);
  }
  if (selects.length === 0) return `(SELECT ${columns} FROM ${CATALOG}.${copy.table} WHERE false)`;
  return `(${selects.join(' UNION ALL ')})`;
}

const INDEXES = `SELECT day, build FROM ${CATALOG}.day_indexes WHERE day BETWEEN $from AND $to ORDER BY day`;
