import type { DuckDBConnection } from '@duckdb/node-api';
import { segmentFiles } from './sealed-folder.ts';
import type { SealedFolder } from './sealed-folder.ts';
import { readSegments } from './segments.ts';
import type { Segment, SegmentRange } from './segments.ts';
import { CATALOG } from './table.ts';
import { EVENTS } from './tables.ts';
import { bigintOf, quote } from './values.ts';

/** A connection with which all stored events can be read. */
export interface EventSource {
  readonly connection: DuckDBConnection;
  readonly sealed: SealedFolder;
}

/**
 * The events of the database and of sealed files as one relation, to stand behind FROM: the columns of the table, and
 * for a sealed event `file` and `row` instead of `block` and `slot`. Files in which nothing of the range can be are left
 * out; the statement still says its range. Valid within the connection's transaction: sealing moves events.
 */
export async function storedEvents({ connection, sealed }: EventSource, range: SegmentRange = {}): Promise<string> {
  const segments = await readSegments(connection, range);
  if (segments.length === 0) return `(SELECT *, NULL::VARCHAR AS file, NULL::BIGINT AS row FROM ${CATALOG}.events)`;
  const files = segments.map((segment) => segmentFiles(sealed, segment).events);
  return `(
    SELECT ${[...HOT, 'NULL::VARCHAR AS file', 'NULL::BIGINT AS row'].join(', ')} FROM ${CATALOG}.events
    UNION ALL
    SELECT ${[...SEALED, 'filename AS file', 'file_row_number AS row'].join(', ')}
    FROM ${parquet(files)} WHERE ${withinSql(segments, range.timeUs)})`;
}

/** Ids of stored events and their times, and of sealed ones a fingerprint of their facts (see sealed-columns.ts). */
export async function sealedIds({ connection, sealed }: EventSource, range: SegmentRange): Promise<string | undefined> {
  const segments = await readSegments(connection, range);
  if (segments.length === 0) return undefined;
  const files = segments.map((segment) => segmentFiles(sealed, segment).ids);
  return `(
    SELECT id, epoch_us(time) AS time, facts FROM ${parquet(files)} WHERE ${withinSql(segments, range.timeUs)})`;
}

export function parquet(files: readonly string[]): string {
  return `read_parquet([${files.map(quote).join(', ')}], filename = true, file_row_number = true)`;
}

/** In the column's own type, so that parts of a file are skipped. No bound goes beyond what the files hold. */
function withinSql(segments: readonly Segment[], timeUs: SegmentRange['timeUs']): string {
  if (timeUs === undefined) return 'true';
  const from = segments.reduce((low, { firstUs }) => Math.min(low, firstUs), Infinity);
  const to = segments.reduce((high, { lastUs }) => Math.max(high, lastUs), -Infinity);
  const [low, high] = [bigintOf(Math.max(from, timeUs[0])), bigintOf(Math.min(to, timeUs[1]))];
  return `time BETWEEN make_timestamp(${low}) AND make_timestamp(${high})`;
}

const HOT = EVENTS.columns.map(({ name }) => name);
const READ: Readonly<Record<string, string>> = {
  time: 'epoch_us(time) AS time',
  appended: 'epoch_ms(appended) AS appended',
  block: 'NULL::BIGINT AS block',
  slot: 'NULL::INTEGER AS slot',
};
const SEALED = HOT.map((name) => READ[name] ?? name);
