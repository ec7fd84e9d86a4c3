import type { DuckDBConnection } from '@duckdb/node-api';
import { CATALOG } from './table.ts';
import { bigintOf, numberOf, query } from './values.ts';

/** A sealed file: events of one UTC day, which are nowhere else. */
export interface Segment {
  /** Days since 1970. */
  readonly day: number;
  /** Tells a day's files apart. */
  readonly number: number;
  readonly events: number;
  /** Its first and last event, microseconds. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** First and last append, milliseconds. */
  readonly appendedMs: readonly [number, number];
  readonly bytes: number;
  readonly idsBytes: number;
}

/** Inclusive. */
export interface SegmentRange {
  readonly timeUs?: readonly [number, number] | undefined;
  readonly appendedMs?: readonly [number, number] | undefined;
}

/** Those that may hold events of the range. */
export async function readSegments(
  connection: DuckDBConnection,
  { timeUs = EVER, appendedMs = EVER }: SegmentRange = {},
): Promise<readonly Segment[]> {
  const rows = await query(connection, SELECT, {
    from: bigintOf(timeUs[0]),
    to: bigintOf(timeUs[1]),
    appendedFrom: bigintOf(appendedMs[0]),
    appendedTo: bigintOf(appendedMs[1]),
  });
  return rows.map((cells) => {
    const [day, number, events, firstUs, lastUs, appendedFirst, appendedLast, bytes, idsBytes] = cells.map(numberOf);
    return {
      day: day ?? 0,
      number: number ?? 0,
      events: events ?? 0,
      firstUs: firstUs ?? 0,
      lastUs: lastUs ?? 0,
      appendedMs: [appendedFirst ?? 0, appendedLast ?? 0],
      bytes: bytes ?? 0,
      idsBytes: idsBytes ?? 0,
    };
  });
}

const EVER: readonly [number, number] = [-Infinity, Infinity];
const SELECT = `
  SELECT day, number, events, first, last, appended_first, appended_last, bytes, ids_bytes FROM ${CATALOG}.segments
  WHERE last >= $from AND first <= $to AND appended_last >= $appendedFrom AND appended_first <= $appendedTo
  ORDER BY day, number`;
