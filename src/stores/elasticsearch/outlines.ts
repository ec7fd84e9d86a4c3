import type { OutlinePage, OutlineQuestion } from '../../core/access-reader.ts';
import { decodeEvent } from '../../core/encode-event.ts';
import { outlineOf } from '../../core/event-outline.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { readQuery } from '../../query/read-query.ts';
import { between } from './events.ts';
import { indexFilter, TIME, withOdd } from './query-dsl.ts';
import type { SortValues } from './scan.ts';
import { readPage, searchEvents } from './search.ts';
import type { StoreContext } from './store-context.ts';

/** From parts of the documents, where the index says which are meant; else from the whole documents. */
export async function outlineEvents(context: StoreContext, question: OutlineQuestion): Promise<OutlinePage> {
  const { indices, settle } = context;
  const { query, isExact } = indexFilter(readQuery(question.query, question.nowMs));
  if (!isExact) return outlineWhole(context, question);
  await settle(indices.events);
  const { fromUs, toUs, order, limit, after: last } = question;
  const filter = [between(TIME, [fromUs, toUs]), withOdd(query)];
  const after: SortValues | undefined = last && [last.timeUs, last.id];
  const size = Math.min(limit, PAGE_OUTLINES);
  const hits = await readPage(context, { query: { bool: { filter } }, order, size, after, fields: FIELDS });
  // What the index holds less of has to be looked at whole.
  if (hits === 'too large' || hits.some(({ _source }) => _source.whosaw.store.odd === true)) {
    return outlineWhole(context, question);
  }
  const outlines = hits.map(({ _source }) => outlineOf(_source, _source.whosaw.store.time_us));
  const end = outlines.at(-1);
  return { outlines, ...(end === undefined || hits.length < size ? {} : { next: { timeUs: end.timeUs, id: end.id } }) };
}

async function outlineWhole(context: StoreContext, question: OutlineQuestion): Promise<OutlinePage> {
  const { documents, next } = await searchEvents(context, question);
  const outlines = documents.map((document) => {
    const { event } = decodeEvent(document);
    return outlineOf(event, parseTimeUs(event['@timestamp']) ?? 0);
  });
  return { outlines, ...(next === undefined ? {} : { next }) };
}

/** All that outlineOf looks at. */
const FIELDS: readonly string[] = [
  'event',
  'url',
  'source.address',
  'user',
  'whosaw.access',
  'whosaw.actor',
  'whosaw.secret.id',
  'whosaw.wrap',
  'whosaw.expected',
  'whosaw.store.time_us',
  'whosaw.store.odd',
];

const PAGE_OUTLINES = 5_000;
