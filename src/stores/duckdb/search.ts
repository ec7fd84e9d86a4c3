import { decodeEvent } from '../../core/encode-event.ts';
import type { SearchCursor, SearchPage, SearchQuestion } from '../../core/access-reader.ts';
import { compileQuery } from '../../query/compile-query.ts';
import { compileNeedles } from '../../query/needles.ts';
import { readQuery } from '../../query/read-query.ts';
import type { Query } from '../../query/syntax.ts';
import { PLACE_COLUMNS, documentsOf, placeOf, type DocumentPlace, type EventReader } from './document-reader.ts';
import { columnFilter, type ColumnFilter } from './search-sql.ts';
import { storedEvents } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { bigintOf, idOf, idValue, numberOf, query } from './values.ts';
import type { Cells, Parameters } from './values.ts';

/** Events that the query asks for: the columns say which it may be, the documents which it is. */
export async function searchEvents(reader: EventReader, question: SearchQuestion): Promise<SearchPage> {
  const asked = readQuery(question.query, question.nowMs);
  const filter = columnFilter(asked);
  const isMeant = filter.isExact ? () => true : documentFilter(asked);
  const appended = question.appendedAfterMs === undefined ? {} : { appendedMs: await lastAppend(reader) };
  const documents: string[] = [];
  let { after } = question;
  let bytes = 0;
  for (;;) {
    const rows = filter.isExact ? Math.min(question.limit - documents.length, PAGE_ROWS) : PAGE_ROWS;
    const rest = { ...question, ...appended, ...(after === undefined ? {} : { after }) };
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
    if (places.length < rows) return { documents, ...appended };
  }
}

type Found = SearchCursor & DocumentPlace;

async function readPlaces(
  reader: EventReader,
  question: SearchQuestion & Pick<SearchPage, 'appendedMs'>,
  filter: ColumnFilter,
  rows: number,
): Promise<readonly Found[]> {
  const cells = await readRows(reader, question, filter, `time, id, ${PLACE_COLUMNS}`, rows);
  return cells.map(([time, id, ...place]) => ({ ...placeOf(numberOf(time), place), id: idOf(id) }));
}

/** Columns of the events that a filter lets through, in the order of the question, from where the page before ended. */
export async function readRows(
  reader: EventReader,
  { fromUs, toUs, appendedAfterMs, appendedMs = 0, order, after }: SearchQuestion & Pick<SearchPage, 'appendedMs'>,
  filter: ColumnFilter,
  columns: string,
  rows: number,
): Promise<readonly Cells[]> {
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
  const appended = appendedAfterMs === undefined ? undefined : ([appendedAfterMs, appendedMs] as const);
  const events = await storedEvents(reader, { timeUs: restOf(fromUs, toUs, order, after), appendedMs: appended });
  const sql = `
    SELECT ${columns} FROM ${events} WHERE ${where.join(' AND ')}
    ORDER BY time ${direction}, id ${direction} LIMIT ${rows}`;
  return query(reader.connection, sql, parameters);
}

/** What is left of the window behind the page before. */
function restOf(
  fromUs: number,
  toUs: number,
  order: SearchQuestion['order'],
  after: SearchCursor | undefined,
): readonly [number, number] {
  if (after === undefined) return [fromUs, toUs];
  return order === 'newest' ? [fromUs, Math.min(toUs, after.timeUs)] : [Math.max(fromUs, after.timeUs), toUs];
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
