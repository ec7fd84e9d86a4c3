import type { EventDocument } from './event-document.ts';
import { OLDEST_FIRST } from './events.ts';
import { scan, type Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** What questions are about, without the rest of the document. */
const FIELDS = [
  '@timestamp',
  'event.id',
  'event.outcome',
  'event.reason',
  'source.address',
  'whosaw.access',
  'whosaw.actor',
  'whosaw.secret.id',
  'whosaw.environment',
  'whosaw.expected',
  'whosaw.unanswered',
  'whosaw.store.time_us',
] as const;

/** Part of an event's document: only what FIELDS names may be read. */
export type EventFacts = Pick<EventDocument, '@timestamp' | 'event' | 'source' | 'whosaw'>;

/** In order of (time, id). */
export async function* readFacts(
  { elastic, indices }: StoreContext,
  query: Query,
): AsyncGenerator<readonly EventFacts[]> {
  const options = { index: indices.events, query, sort: OLDEST_FIRST, fields: FIELDS, size: PAGE };
  for await (const page of scan<EventFacts>(elastic, options)) yield page.map(({ _source }) => _source);
}

const PAGE = 10_000;
