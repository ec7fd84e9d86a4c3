import type { SearchPage, SearchQuestion } from '../../core/access-reader.ts';
import { encodeEvent } from '../../core/encode-event.ts';
import { compileQuery } from '../../query/compile-query.ts';
import { readQuery } from '../../query/read-query.ts';
import { ask } from './answers.ts';
import { isTooLarge } from './client.ts';
import { decodeDocument, type EventDocument } from './event-document.ts';
import { appendedBetween, between, NEWEST_FIRST, OLDEST_FIRST } from './events.ts';
import { indexFilter, TIME, withOdd } from './query-dsl.ts';
import { ABSENT_IS_EMPTY, PAGE_DOCUMENTS, type Hit, type Query, type SortValues } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** Events that the query asks for: the index says which it may be, the documents which it is. */
export async function searchEvents(context: StoreContext, question: SearchQuestion): Promise<SearchPage> {
  const { indices, settle } = context;
  const { fromUs, toUs, appendedAfterMs, order, limit } = question;
  const asked = readQuery(question.query, question.nowMs);
  await settle(indices.events);
  const appended = appendedAfterMs === undefined ? {} : { appendedMs: await lastAppend(context) };
  const { query, isExact } = indexFilter(asked);
  const filter = [
    between(TIME, [fromUs, toUs]),
    withOdd(query),
    ...(appendedAfterMs === undefined ? [] : [appendedBetween([appendedAfterMs + 1, appended.appendedMs ?? 0])]),
  ];
  const isMeant = compileQuery(asked);
  const documents: string[] = [];
  let after: SortValues | undefined = question.after && [question.after.timeUs, question.after.id];
  let pageSize = PAGE_DOCUMENTS;
  let characters = 0;
  for (;;) {
    const size = isExact ? Math.min(limit - documents.length, pageSize) : pageSize;
    const hits = await readPage(context, { query: { bool: { filter } }, order, size, after });
    if (hits === 'too large') {
      pageSize = Math.max(1, Math.floor(size / 8));
      continue;
    }
    for (const { _source, sort } of hits) {
      after = sort;
      const { observation } = decodeDocument(_source);
      if (!isMeant(observation)) continue;
      const document = encodeEvent(observation);
      documents.push(document);
      characters += document.length;
      if (documents.length === limit || characters >= PAGE_CHARACTERS) {
        const [timeUs, id] = sort;
        return { documents, next: { timeUs: Number(timeUs), id: String(id) }, ...appended };
      }
    }
    if (hits.length < size) return { documents, ...appended };
  }
}

interface PageQuestion {
  readonly query: Query;
  readonly order: SearchQuestion['order'];
  readonly size: number;
  readonly after: SortValues | undefined;
  /** Which parts of the documents; all without it. */
  readonly fields?: readonly string[];
}

export async function readPage(
  { elastic, indices }: StoreContext,
  { query, order, size, after, fields }: PageQuestion,
): Promise<readonly Hit<EventDocument>[] | 'too large'> {
  const body = {
    query,
    sort: order === 'newest' ? NEWEST_FIRST : OLDEST_FIRST,
    size,
    track_total_hits: false,
    ...(after === undefined ? {} : { search_after: after }),
    ...(fields === undefined ? {} : { _source: fields }),
  };
  const path = `/${indices.events}/_search`;
  try {
    return (await ask<Found>(elastic, { method: 'POST', path, query: ABSENT_IS_EMPTY, body })).hits.hits;
  } catch (error) {
    if (isTooLarge(error) && size > 1) return 'too large';
    throw error;
  }
}

interface Found {
  readonly hits: { readonly hits: readonly Hit<EventDocument>[] };
}

/** Newest append that every search shows: what was written in the last moments may be visible in one index and not in another. */
async function lastAppend({ elastic, indices }: StoreContext): Promise<number> {
  const body = { size: 0, aggs: { last: { max: { field: 'event.ingested' } } } };
  const path = `/${indices.events}/_search`;
  const answer = await ask<{ aggregations?: { last: { value: number | null } } }>(elastic, {
    method: 'POST',
    path,
    query: ABSENT_IS_EMPTY,
    body,
  });
  return Math.min(answer.aggregations?.last.value ?? 0, Date.now() - VISIBLE_WITHIN_MS);
}

const PAGE_CHARACTERS = 16_000_000;
const VISIBLE_WITHIN_MS = 3_000;
