import type { EventRange, StoredEvent } from '../../core/ports.ts';
import type { EventQuestion } from '../../core/access-reader.ts';
import { decodeDocument, type EventDocument } from './event-document.ts';
import { ANY, TIME, wildcardQuery } from './query-dsl.ts';
import { scan, type Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** Order of (time, id). */
export const OLDEST_FIRST: readonly Query[] = [{ [TIME]: 'asc' }, { 'event.id': 'asc' }];
export const NEWEST_FIRST: readonly Query[] = [{ [TIME]: 'desc' }, { 'event.id': 'desc' }];

export async function* readEvents(
  { elastic, indices, settle }: StoreContext,
  range: EventRange,
): AsyncGenerator<readonly StoredEvent[]> {
  await settle(indices.events);
  const options = { index: indices.events, query: rangeQuery(range), sort: OLDEST_FIRST };
  for await (const page of scan<EventDocument>(elastic, options)) {
    yield page.map(({ _source }) => decodeDocument(_source));
  }
}

export async function eventsById(
  context: StoreContext,
  ids: readonly string[],
  timeUs: readonly [number, number],
): Promise<readonly StoredEvent[]> {
  const parts: (readonly StoredEvent[])[] = [];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const some = ids.slice(from, from + IDS_AT_ONCE);
    parts.push(await found(context, { bool: { filter: [{ terms: { 'event.id': some } }, between(TIME, timeUs)] } }));
  }
  const events = parts.flat();
  return parts.length < 2 ? events : events.toSorted(byTimeAndId);
}

/** Events whose ids begin so. */
export async function findEvents(
  context: StoreContext,
  { ids, timeUs, limit }: EventQuestion,
): Promise<readonly StoredEvent[]> {
  const should = ids.map((id) => wildcardQuery('event.id', [id, '']));
  if (should.length === 0) return [];
  const filter = [
    { bool: { should, minimum_should_match: 1 } },
    ...(timeUs === undefined ? [] : [between(TIME, timeUs)]),
  ];
  return found(context, { bool: { filter } }, limit);
}

export function between(field: string, [from, to]: readonly [number, number]): Query {
  return { range: { [field]: { gte: from, lte: to } } };
}

async function found(
  { elastic, indices, settle }: StoreContext,
  query: Query,
  limit = Infinity,
): Promise<readonly StoredEvent[]> {
  await settle(indices.events);
  const events: StoredEvent[] = [];
  const options = { index: indices.events, query, sort: OLDEST_FIRST };
  for await (const page of scan<EventDocument>(elastic, options)) {
    for (const { _source } of page) events.push(decodeDocument(_source));
    if (events.length >= limit) break;
  }
  return events.slice(0, limit);
}

function rangeQuery({ timeUs, appendedMs, rules }: EventRange): Query {
  const filter = [
    ...(timeUs === undefined ? [] : [between(TIME, timeUs)]),
    ...(appendedMs === undefined ? [] : [appendedBetween(appendedMs)]),
    ...(rules === undefined ? [] : [{ terms: { 'whosaw.rules': rules } }]),
  ];
  return filter.length === 0 ? ANY : { bool: { filter } };
}

/** Both inclusive, milliseconds. */
export function appendedBetween([from, to]: readonly [number, number]): Query {
  const range = { gte: Math.max(from, 0), lte: Math.min(to, LATEST_MS), format: 'epoch_millis' };
  return { range: { 'event.ingested': range } };
}

function byTimeAndId(a: StoredEvent, b: StoredEvent): number {
  const [first, second] = [a.observation, b.observation];
  return first.timeUs - second.timeUs || (first.event.event.id < second.event.event.id ? -1 : 1);
}

const LATEST_MS = Date.UTC(9999, 11, 31);
const IDS_AT_ONCE = 10_000;
