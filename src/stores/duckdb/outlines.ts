import type { OutlinePage, OutlineQuestion } from '../../core/access-reader.ts';
import { decodeEvent } from '../../core/encode-event.ts';
import { outlineOf, type EventOutline } from '../../core/event-outline.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { readQuery } from '../../query/read-query.ts';
import type { Query } from '../../query/syntax.ts';
import { BY_ACTOR } from './day-index-tables.ts';
import type { EventReader } from './document-reader.ts';
import { indexedEvents } from './indexed-events.ts';
import { OUTLINE_COLUMNS, type OutlineGroup } from './outline-groups.ts';
import { rowsOf, searchEvents, windowOf } from './search.ts';
import { columnFilter, isOfOneActor, type ColumnFilter } from './search-sql.ts';
import { storedEvents } from './stored-events.ts';
import { timeSlices } from './time-slices.ts';
import { numberOf, query, textOf } from './values.ts';

/** Outlines on their way back from the worker, those that are alike together. */
export type PackedOutlines = { readonly groups: readonly OutlineGroup[] } | { readonly page: OutlinePage };

/** From the columns alone, where they say what is asked for; else from the documents. */
export async function outlineEvents(reader: EventReader, question: OutlineQuestion): Promise<PackedOutlines> {
  const asked = readQuery(question.query, question.nowMs);
  const filter = columnFilter(asked);
  if (filter.isExact) return { groups: await readGroups(reader, question, filter, asked) };
  const { documents, next } = await searchEvents(reader, question);
  return { page: { outlines: documents.map(fromDocument), ...(next === undefined ? {} : { next }) } };
}

async function readGroups(
  reader: EventReader,
  question: OutlineQuestion,
  filter: ColumnFilter,
  asked: Query,
): Promise<readonly OutlineGroup[]> {
  const window = windowOf(question);
  const isByActor = isOfOneActor(asked);
  const found: OutlineGroup[] = [];
  let left = question.limit;
  for (const [fromUs, toUs] of isByActor ? [[window.fromUs, window.toUs] as const] : timeSlices(window)) {
    const range = [fromUs, toUs] as const;
    const events = await (isByActor ? indexedEvents(reader, BY_ACTOR, range) : storedEvents(reader, { timeUs: range }));
    const slice = rowsOf(events, { ...question, fromUs, toUs }, filter, ['time', 'id', ...OUTLINE_COLUMNS], left);
    const rows = await query(reader.connection, groupsIn(slice.sql), slice.parameters);
    for (const [events, count, ...facts] of rows) {
      found.push({
        events: textOf(events),
        facts: facts.map((fact) => (typeof fact === 'boolean' ? fact : textOrNull(fact))),
      });
      left -= numberOf(count);
    }
    if (left === 0) break;
  }
  return found;
}

function textOrNull(cell: unknown): string | null {
  return typeof cell === 'string' ? cell : null;
}

/** One row for all that are alike: making a value for each column of each event would take most of the time. */
function groupsIn(rows: string): string {
  const columns = OUTLINE_COLUMNS.join(', ');
  return `
    SELECT string_agg(time::VARCHAR || ':' || replace(id::VARCHAR, '-', ''), ' '), count(*), ${columns}
    FROM (${rows}) GROUP BY ${columns}`;
}

function fromDocument(text: string): EventOutline {
  const { event } = decodeEvent(text);
  return outlineOf(event, parseTimeUs(event['@timestamp']) ?? 0);
}
