import type { DuckDBConnection } from '@duckdb/node-api';
import type { Deletion, StoredDay } from '../../core/days.ts';
import { WhosawError } from '../../core/errors.ts';
import { DAY_US } from '../../lib/time.ts';
import type { EventSource } from './stored-events.ts';
import { readSegments } from './segments.ts';
import type { Segment } from './segments.ts';
import { CATALOG, append } from './table.ts';
import { DELETIONS, SEGMENTS } from './tables.ts';
import { bigintOf, numberOf, query, quote, textOf } from './values.ts';

/** A part of a day that goes into one file. */
export interface Piece {
  readonly day: number;
  /** Inclusive, microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** What was copied out of the database. */
export interface Exported extends Piece {
  /** Of the segment to be. */
  readonly number: number;
  readonly events: number;
  readonly appendedMs: readonly [number, number];
  /** What was committed later has a higher one. */
  readonly lastBlock: number;
}

/** Where a piece is copied to. */
export interface ExportPaths {
  readonly events: string;
  readonly blocks: string;
}

/** The parts of what the database holds of a day, each of about as many events, at most EVENTS_PER_FILE. */
export async function piecesOf(connection: DuckDBConnection, day: number): Promise<readonly Piece[]> {
  const whole = { day, fromUs: day * DAY_US, toUs: (day + 1) * DAY_US - 1 };
  const [row] = await query(connection, COUNT, boundsOf(whole));
  const events = numberOf(row?.[0]);
  const pieces = Math.ceil(events / EVENTS_PER_FILE);
  if (pieces <= 1) return events === 0 ? [] : [whole];
  const shares = Array.from({ length: pieces - 1 }, (_, index) => ((index + 1) / pieces).toString()).join(', ');
  const [cuts] = await query(connection, `SELECT quantile_disc(time, [${shares}])::VARCHAR ${OF_DAY}`, boundsOf(whole));
  const ends = new Set<number>(JSON.parse(textOf(cuts?.[0])) as number[]).add(whole.toUs);
  let fromUs = whole.fromUs;
  return Array.from(ends, (toUs) => {
    const piece = { day, fromUs, toUs };
    fromUs = toUs + 1;
    return piece;
  });
}

/** Copies a piece's rows and the blocks of their documents. Within one transaction. */
export async function exportPiece(
  connection: DuckDBConnection,
  piece: Piece,
  paths: ExportPaths,
): Promise<Exported | undefined> {
  const bounds = boundsOf(piece);
  const rows = `FROM ${CATALOG}.events WHERE time BETWEEN ${bounds.from} AND ${bounds.to}`;
  const [row] = await query(
    connection,
    `SELECT count(*), min(appended), max(appended), min(block), max(block) ${rows}`,
  );
  const [events, firstAppend, lastAppend, firstBlock, lastBlock] = row ?? [];
  if (numberOf(events) === 0) return undefined;
  await connection.run(`COPY (SELECT * ${rows}) TO ${quote(paths.events)} (FORMAT parquet)`);
  await connection.run(`
    COPY (
      SELECT block, data FROM ${CATALOG}.documents
      WHERE block BETWEEN ${numberOf(firstBlock)} AND ${numberOf(lastBlock)} AND block IN (SELECT block ${rows})
    ) TO ${quote(paths.blocks)} (FORMAT parquet, COMPRESSION uncompressed)`);
  const [next] = await query(connection, NEXT_NUMBER, { day: piece.day });
  return {
    ...piece,
    number: numberOf(next?.[0]),
    events: numberOf(events),
    appendedMs: [numberOf(firstAppend), numberOf(lastAppend)],
    lastBlock: numberOf(lastBlock),
  };
}

/** Makes a sealed file count, and takes its events out of the database. Within one transaction. */
export async function recordSegment(
  connection: DuckDBConnection,
  segment: Segment,
  { fromUs, toUs, lastBlock }: Exported,
  eventsPath: string,
): Promise<void> {
  const bounds = { from: bigintOf(fromUs), to: bigintOf(toUs), lastBlock: bigintOf(lastBlock) };
  await append(connection, SEGMENTS, [segment]);
  const [deleted] = await query(connection, DELETE_EVENTS, bounds);
  if (numberOf(deleted?.[0]) !== segment.events) {
    throw new WhosawError('STORE_CORRUPT', `A day of ${segment.events} events became another while it was sealed.`);
  }
  await query(connection, deleteBlocks(`SELECT block FROM read_parquet(${quote(eventsPath)})`));
}

/** Within one transaction. The segments whose files nothing names any more. */
export async function deleteDay(
  source: EventSource,
  { day, atMs, setting }: Omit<Deletion, 'events'>,
): Promise<{ readonly deletion: Deletion; readonly segments: readonly Segment[] }> {
  const { connection } = source;
  const whole = { day, fromUs: day * DAY_US, toUs: (day + 1) * DAY_US - 1 };
  const segments = await readSegments(connection, { timeUs: [whole.fromUs, whole.toUs] });
  await connection.run(`CREATE OR REPLACE TEMP TABLE deleted_blocks (block BIGINT)`);
  await query(connection, `INSERT INTO temp.deleted_blocks SELECT DISTINCT block ${OF_DAY}`, boundsOf(whole));
  const [deleted] = await query(connection, `DELETE ${OF_DAY}`, boundsOf(whole));
  await query(connection, deleteBlocks('SELECT block FROM temp.deleted_blocks'));
  await query(connection, `DELETE FROM ${CATALOG}.segments WHERE day = $day`, { day });
  const sealed = segments.reduce((sum, { events }) => sum + events, 0);
  const deletion = { day, atMs, setting, events: sealed + numberOf(deleted?.[0]) };
  await append(connection, DELETIONS, [deletion]);
  return { deletion, segments };
}

/** Oldest first. */
export async function storedDays(connection: DuckDBConnection): Promise<readonly StoredDay[]> {
  const rows = await query(connection, DAYS);
  return rows.map((cells) => {
    const [day, open, sealed, files, bytes] = cells.map(numberOf);
    return { day: day ?? 0, open: open ?? 0, sealed: sealed ?? 0, files: files ?? 0, bytes: bytes ?? 0 };
  });
}

/** Of days in the range, oldest first. */
export async function readDeletions(
  connection: DuckDBConnection,
  [fromUs, toUs]: readonly [number, number],
): Promise<readonly Deletion[]> {
  const bounds = { from: bigintOf(Math.floor(fromUs / DAY_US)), to: bigintOf(Math.floor(toUs / DAY_US)) };
  const rows = await query(connection, SELECT_DELETIONS, bounds);
  return rows.map(([day, events, deleted, setting]) => ({
    day: numberOf(day),
    events: numberOf(events),
    atMs: numberOf(deleted),
    setting: textOf(setting),
  }));
}

function boundsOf({ fromUs, toUs }: Piece): { readonly from: bigint; readonly to: bigint } {
  return { from: bigintOf(fromUs), to: bigintOf(toUs) };
}

/** Of the candidates those of which no event is left. */
function deleteBlocks(candidates: string): string {
  return `
    DELETE FROM ${CATALOG}.documents
    WHERE block IN (${candidates})
      AND block NOT IN (SELECT block FROM ${CATALOG}.events WHERE block IN (${candidates}))`;
}

/** Bounds what sealing takes of memory, how long a commit waits, and what reading a day in order has to sort. */
const EVENTS_PER_FILE = 50_000;

const OF_DAY = `FROM ${CATALOG}.events WHERE time BETWEEN $from AND $to`;
const COUNT = `SELECT count(*) ${OF_DAY}`;
const DELETE_EVENTS = `DELETE ${OF_DAY} AND block <= $lastBlock`;
const NEXT_NUMBER = `SELECT coalesce(max(number), 0) + 1 FROM ${CATALOG}.segments WHERE day = $day`;
const DAYS = `
  WITH parts AS (
    SELECT floor(time / ${DAY_US})::INTEGER AS day, count(*) AS open, 0 AS sealed, 0 AS files, 0 AS bytes
    FROM ${CATALOG}.events GROUP BY day
    UNION ALL
    SELECT day, 0, sum(events), count(*), sum(bytes + ids_bytes) FROM ${CATALOG}.segments GROUP BY day
  )
  SELECT day, sum(open)::BIGINT, sum(sealed)::BIGINT, sum(files)::BIGINT, sum(bytes)::BIGINT
  FROM parts GROUP BY day ORDER BY day`;
const SELECT_DELETIONS = `
  SELECT day, events, deleted, setting FROM ${CATALOG}.deletions
  WHERE day BETWEEN $from AND $to ORDER BY day, deleted`;
