import { decodeEvent } from '../../core/encode-event.ts';
import type { OutlineQuestion, SearchCursor, SearchPage, SearchQuestion } from '../../core/access-reader.ts';
import { compileQuery } from '../../query/compile-query.ts';
import { compileNeedles } from '../../query/needles.ts';
import { readQuery } from '../../query/read-query.ts';
import type { Query } from '../../query/syntax.ts';
import { PLACE_COLUMNS, documentsOf, placeOf, type DocumentPlace, type EventReader } from './document-reader.ts';
import { columnFilter, type ColumnFilter } from './search-sql.ts';
import { storedEvents } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { timeSlices } from './time-slices.ts';
import { bigintOf, idOf, idValue, numberOf, query } from './values.ts';
import type { Parameters } from './values.ts';

/** Events that the query asks for: the columns say which it may be, the documents which it is. */
export async function searchEvents(reader: EventReader, question: SearchQuestion): Promise<SearchPage> {
  const asked = readQuery(question.query, question.nowMs);
  const filter = columnFilter(asked);
  const isMeant = filter.isExact ? () => true : documentFilter(asked);
  const appended = question.appendedAfterMs === undefined ? {} : { appendedMs: await lastAppend(reader) };
  const documents: string[] = [];
  let { after } = question;
  let bytes = 0;
  for (const [fromUs, toUs] of timeSlices(windowOf(question))) {
    for (let isMore = true; isMore;) {
      const rows = filter.isExact ? Math.min(question.limit - documents.length, PAGE_ROWS) : PAGE_ROWS;
      const rest = { ...question, fromUs, toUs, ...appended, ...(after === undefined ? {} : { after }) };
      const places = await readPlaces(reader, rest, filter, rows);
      let index = 0;
      for await (const document of documentsOf(reader, places, BLOCKS_AT_ONCE)) {
        after = places[index++];
        if (!isMeant(document)) continue;
        documents.push(document.toString());
        bytes += document.length;
        if (documents.length === question.limit || bytes >= PAGE_BYTES)
          return { ...pageOf(documents, after), ...appended };
      }
      isMore = places.length === rows;
    }
  }
  return { documents, ...appended };
}

type Found = SearchCursor & DocumentPlace;

async function readPlaces(
  reader: EventReader,
  question: SearchQuestion & Pick<SearchPage, 'appendedMs'>,
  filter: ColumnFilter,
  rows: number,
): Promise<readonly Found[]> {
  const { fromUs, toUs, appendedAfterMs, appendedMs = 0 } = question;
  const appended = appendedAfterMs === undefined ? undefined : ([appendedAfterMs, appendedMs] as const);
  const events = await storedEvents(reader, { timeUs: [fromUs, toUs], appendedMs: appended });
  const { sql, parameters } = rowsOf(events, question, filter, ['time', 'id', PLACE_COLUMNS], rows);
  const cells = await query(reader.connection, sql, parameters);
  return cells.map(([time, id, ...place]) => ({ ...placeOf(numberOf(time), place), id: idOf(id) }));
}

/**
 * Columns of the events that a filter lets through, in the order of the question, from where the page before ended; `events`
 * is the relation where they are.
 */
export function rowsOf(
  events: string,
  { fromUs, toUs, appendedAfterMs, appendedMs = 0, order, after }: SearchQuestion & Pick<SearchPage, 'appendedMs'>,
  filter: ColumnFilter,
  columns: readonly string[],
  rows: number,
): { readonly sql: string; readonly parameters: Parameters } {
  const where = ['time BETWEEN $from AND $to', filter.sql];
  const parameters: Record<string, Parameters[string]> = {
    ...filter.parameters,
    from: bigintOf(fromUs),
    to: bigintOf(toUs),
  };
  const [beyond, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
  if (appendedAfterMs !== undefined) {
    where.push('appended > $appendedFrom AND appended <= $appendedTo');
    parameters['appendedFrom'] = bigintOf(appendedAfterMs);
    parameters['appendedTo'] = bigintOf(appendedMs);
  }
  if (after !== undefined) {
    where.push(`time ${beyond}= $afterTime AND (time ${beyond} $afterTime OR id ${beyond} $afterId)`);
    parameters['afterTime'] = bigintOf(after.timeUs);
    parameters['afterId'] = idValue(after.id);
  }
  const sql = `
    SELECT ${columns.join(', ')} FROM ${events} WHERE ${where.join(' AND ')}
    ORDER BY time ${direction}, id ${direction} LIMIT ${rows}`;
  return { sql, parameters };
}

/** What is left of the window behind the page before. */
export function windowOf({
  fromUs,
  toUs,
  order,
  after,
}: OutlineQuestion): Pick<SearchQuestion, 'fromUs' | 'toUs' | 'order'> {
  if (after === undefined) return { fromUs, toUs, order };
  return order === 'newest'
    ? { fromUs, toUs: Math.min(toUs, after.timeUs), order }
    : { fromUs: Math.max(fromUs, after.timeUs), toUs, order };
}

async function lastAppend({ connection }: EventReader): Promise<number> {
  const [row] = await query(connection, LAST_APPEND);
  return numberOf(row?.[0]);
}

function documentFilter(asked: Query): (document: Buffer) => boolean {
  const mayMatch = compileNeedles(asked);
  const matches = compileQuery(asked);
  return (document) => mayMatch?.(document) !== false && matches(decodeEvent(document.toString()));
}

function pageOf(documents: readonly string[], after: SearchCursor | undefined): SearchPage {
  return after === undefined ? { documents } : { documents, next: { timeUs: after.timeUs, id: after.id } };
}

const LAST_APPEND = `
  SELECT greatest(
    coalesce((SELECT max(appended) FROM ${CATALOG}.events), 0),
    coalesce((SELECT max(appended_last) FROM ${CATALOG}.segments), 0))`;
const PAGE_ROWS = 2_000;
const PAGE_BYTES = 16_000_000;
/** Unpacking keeps the thread busy, which writes as well. */
const BLOCKS_AT_ONCE = 8;
