import type { EventRange } from '../../core/ports.ts';
import type { EventQuestion } from '../../core/access-reader.ts';
import type { SourceType } from '../../core/record.ts';
import { PLACE_COLUMNS, documentsOf, placeOf, type DocumentPlace, type EventReader } from './document-reader.ts';
import { storedEvents } from './stored-events.ts';
import type { SegmentRange } from './segments.ts';
import { bigintOf, idList, idOf, idValue, numberOf, query, textList, textOf } from './values.ts';
import type { Cells, Parameters } from './values.ts';

/** Events on their way back from the worker, in order of (time, id). */
export interface PackedPage {
  /** Texts of encodeEvent, one behind the other. */
  readonly documents: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  readonly ends: Float64Array<ArrayBuffer>;
  readonly timesUs: Float64Array<ArrayBuffer>;
  readonly appendedMs: Float64Array<ArrayBuffer>;
  readonly types: readonly SourceType[];
  /** Where the next page starts; absent behind the last one. */
  readonly next?: Cursor;
}

/** The last event of a page. */
export interface Cursor {
  readonly timeUs: number;
  readonly id: string;
}

/** Up to PAGE_EVENTS events behind the cursor: fewer where their documents are large. */
export async function readPage(reader: EventReader, range: EventRange, after: Cursor | undefined): Promise<PackedPage> {
  const { where, parameters } = filterOf(range, after);
  const [from, to] = range.timeUs ?? [-Infinity, Infinity];
  const rest = { ...range, timeUs: [Math.max(from, after?.timeUs ?? from), to] as const };
  const sql = `${await selectFrom(reader, rest)} WHERE ${where.join(' AND ')} ORDER BY time, id LIMIT ${PAGE_EVENTS}`;
  const found = (await query(reader.connection, sql, parameters)).map(entryOf);
  const documents = await readDocuments(reader, found);
  const page = packPage(found.slice(0, documents.length), documents);
  const last = found[documents.length - 1];
  const isLast = last === undefined || (documents.length === found.length && found.length < PAGE_EVENTS);
  return isLast ? page : { ...page, next: { timeUs: last.timeUs, id: last.id } };
}

/** Events of these ids whose time lies in the range. */
export async function readEvents(
  reader: EventReader,
  ids: readonly string[],
  timeUs: readonly [number, number],
): Promise<readonly PackedPage[]> {
  if (ids.length === 0) return [];
  const select = await selectFrom(reader, { timeUs });
  const sql = `${select} WHERE time BETWEEN $from AND $to AND id IN (SELECT unnest($ids)) ORDER BY time, id`;
  const parameters = { from: bigintOf(timeUs[0]), to: bigintOf(timeUs[1]), ids: idList(ids) };
  return pagesOf(reader, (await query(reader.connection, sql, parameters)).map(entryOf));
}

/** Events whose ids begin so. */
export async function findEvents(
  reader: EventReader,
  { ids, timeUs, limit }: EventQuestion,
): Promise<readonly PackedPage[]> {
  const { where, parameters } = filterOf(timeUs === undefined ? {} : { timeUs }, undefined);
  const bounds: Record<string, Parameters[string]> = { ...parameters };
  const begins = ids.map((id, index) => {
    bounds[`low${index}`] = idValue(id.padEnd(ID_DIGITS, '0'));
    bounds[`high${index}`] = idValue(id.padEnd(ID_DIGITS, 'f'));
    return `id BETWEEN $low${index} AND $high${index}`;
  });
  if (begins.length === 0) return [];
  const select = await selectFrom(reader, { timeUs });
  const sql = `${select} WHERE ${where.join(' AND ')} AND (${begins.join(' OR ')}) ORDER BY time, id LIMIT ${limit}`;
  return pagesOf(reader, (await query(reader.connection, sql, bounds)).map(entryOf));
}

const ID_DIGITS = 32;

async function selectFrom(reader: EventReader, range: SegmentRange): Promise<string> {
  return `SELECT time, id, appended, type, ${PLACE_COLUMNS} FROM ${await storedEvents(reader, range)}`;
}

async function pagesOf(reader: EventReader, entries: readonly Entry[]): Promise<readonly PackedPage[]> {
  let left = entries;
  const pages: PackedPage[] = [];
  while (left.length > 0) {
    const documents = await readDocuments(reader, left);
    pages.push(packPage(left.slice(0, documents.length), documents));
    left = left.slice(documents.length);
  }
  return pages;
}

type Entry = DocumentPlace & {
  readonly id: string;
  readonly appendedMs: number;
  readonly type: SourceType;
};

function entryOf([time, id, appended, type, ...place]: Cells): Entry {
  return {
    ...placeOf(numberOf(time), place),
    id: idOf(id),
    appendedMs: numberOf(appended),
    type: textOf(type) as SourceType,
  };
}

function filterOf(range: EventRange, after: Cursor | undefined): { where: readonly string[]; parameters: Parameters } {
  const where = ['true'];
  const parameters: Record<string, Parameters[string]> = {};
  if (range.timeUs !== undefined) {
    where.push('time BETWEEN $from AND $to');
    parameters['from'] = bigintOf(range.timeUs[0]);
    parameters['to'] = bigintOf(range.timeUs[1]);
  }
  if (range.appendedMs !== undefined) {
    where.push('appended BETWEEN $appendedFrom AND $appendedTo');
    parameters['appendedFrom'] = bigintOf(range.appendedMs[0]);
    parameters['appendedTo'] = bigintOf(range.appendedMs[1]);
  }
  if (range.rules !== undefined) {
    where.push('list_has_any(rules, $rules)');
    parameters['rules'] = textList(range.rules);
  }
  if (after !== undefined) {
    where.push('time >= $afterTime AND (time > $afterTime OR id > $afterId)');
    parameters['afterTime'] = bigintOf(after.timeUs);
    parameters['afterId'] = idValue(after.id);
  }
  return { where, parameters };
}

/** Documents of the first entries, as many as PAGE_BYTES hold, at least one. */
async function readDocuments(reader: EventReader, entries: readonly Entry[]): Promise<readonly Buffer[]> {
  const documents: Buffer[] = [];
  let bytes = 0;
  for await (const document of documentsOf(reader, entries, BLOCKS_AT_ONCE)) {
    bytes += document.length;
    if (documents.length > 0 && bytes > PAGE_BYTES) break;
    documents.push(document);
  }
  return documents;
}

function packPage(entries: readonly Entry[], documents: readonly Buffer[]): PackedPage {
  const bytes = Buffer.allocUnsafeSlow(documents.reduce((sum, { length }) => sum + length, 0));
  const ends = new Float64Array(documents.length);
  let end = 0;
  for (const [index, document] of documents.entries()) {
    bytes.set(document, end);
    end += document.length;
    ends[index] = end;
  }
  return {
    documents: bytes,
    ends,
    timesUs: Float64Array.from(entries, ({ timeUs }) => timeUs),
    appendedMs: Float64Array.from(entries, ({ appendedMs }) => appendedMs),
    types: entries.map(({ type }) => type),
  };
}

const PAGE_EVENTS = 5_000;
const PAGE_BYTES = 32_000_000;
/** Each is about a megabyte when unpacked. */
const BLOCKS_AT_ONCE = 64;
