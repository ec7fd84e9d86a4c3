import type { AuditEvent } from '../core/event.ts';
import type { JsonValue } from '../core/json.ts';
import type { AccessReader, SearchCursor, SearchQuestion } from '../core/access-reader.ts';
import { textOfValue, valuesReader, type Document } from '../query/query-field.ts';

/** An event that was found: its document as text and as values. */
export interface FoundEvent extends Document {
  /** The event, with the vendor's redacted record under `whosaw.record`. */
  readonly text: string;
}

const PAGE_EVENTS = 1_000;

/** All that is found, in pages, up to `question.limit` events. */
export async function* search(
  reader: Pick<AccessReader, 'search'>,
  question: SearchQuestion,
): AsyncGenerator<readonly FoundEvent[], void, undefined> {
  let left = question.limit;
  let after: SearchCursor | undefined = question.after;
  do {
    const limit = Math.min(left, PAGE_EVENTS);
    const page = await reader.search({ ...question, limit, ...(after === undefined ? {} : { after }) });
    if (page.documents.length > 0) yield page.documents.map(foundEvent);
    left -= page.documents.length;
    after = page.next;
  } while (after !== undefined && left > 0);
}

export function foundEvent(text: string): FoundEvent {
  const event = JSON.parse(text) as AuditEvent & { readonly whosaw: { readonly record: JsonValue } };
  return { text, event, record: event.whosaw.record };
}

/** By the values of a field; events without one come last. */
export function sortEvents(
  events: readonly FoundEvent[],
  { field, descending }: { readonly field: string; readonly descending: boolean },
): readonly FoundEvent[] {
  const read = valuesReader(field);
  const sign = descending ? -1 : 1;
  return events
    .map((event) => ({ event, value: read(event)[0] }))
    .toSorted((a, b) => compareValues(a.value, b.value, sign))
    .map(({ event }) => event);
}

function compareValues(a: unknown, b: unknown, sign: number): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  const [one, other] = [textOfValue(a), textOfValue(b)];
  return sign * (one < other ? -1 : Number(one > other));
}
