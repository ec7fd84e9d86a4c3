import type { AuditEvent, Observation } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import type { StoredEvent } from '../../core/ports.ts';
import type { SourceType } from '../../core/record.ts';
import { id128 } from '../../lib/hash.ts';

/** What only the store needs, under `whosaw.store`. */
interface StoreFields {
  readonly type: SourceType;
  /** `@timestamp` in microseconds: what is sorted and searched by, whatever a clock says. */
  readonly time_us: number;
  /** The index holds less of it than the document says: whoever asks looks at the document itself. */
  readonly odd?: true;
  /** May be counted in the index: it tells of its own access alone, and is not odd. */
  readonly plain?: true;
  /** Hashes of what is too long for a keyword. */
  readonly long?: readonly string[];
  /** The record as text, where it isn't what printing the record gives, or where the index cannot take the record. */
  readonly text?: string;
}

/** Longer values are in no index: half of what Lucene takes of the longest UTF-8. */
export const KEYWORD_LIMIT = 8_191;

/** `whole`: the record can be asked; `opaque`: the server refused to index the record, it is kept as text. */
export type Form = 'whole' | 'opaque';

/** The document of an event, one line. `slot`: how many others of its id have this index; see event-writer.ts. */
export function encodeDocument(
  { type, event, record, text, timeUs }: Observation,
  ingested: string,
  slot: number,
  form: Form,
): string {
  const printed = form === 'whole' ? JSON.stringify(record) : undefined;
  const head = JSON.stringify({ ...event, event: { ...event.event, ingested } });
  const isOdd = printed === undefined || isOddHead(head, timeUs) || isOddRecord(printed, record);
  const isPlain = !isOdd && slot === 0 && event.whosaw.access.id === event.event.id && event.whosaw.unanswered !== true;
  const store: StoreFields = {
    type,
    time_us: timeUs,
    ...(isOdd ? { odd: true, ...longValues(event) } : {}),
    ...(isPlain ? { plain: true } : {}),
    ...(printed === text ? {} : { text }),
  };
  const tail = printed === undefined ? '' : `,"record":${printed}`;
  return `${head.slice(0, -2)},"store":${JSON.stringify(store)}${tail}}}`;
}

/** A document as the server gives it back. */
export interface EventDocument extends Omit<AuditEvent, 'whosaw' | 'event'> {
  readonly event: AuditEvent['event'] & { readonly ingested: string };
  readonly whosaw: AuditEvent['whosaw'] & { readonly store: StoreFields; readonly record?: JsonObject };
}

export function decodeDocument(document: EventDocument): StoredEvent {
  const { ingested, ...event } = document.event;
  const { store, record: stored, ...whosaw } = document.whosaw;
  const text = store.text ?? JSON.stringify(stored);
  const record = stored ?? (JSON.parse(text) as JsonObject);
  return {
    // Keys stay where they were: the event prints as it did.
    observation: { type: store.type, event: { ...document, event, whosaw }, record, text, timeUs: store.time_us },
    appendedMs: Date.parse(ingested),
  };
}

/** How a value that no keyword holds is asked for. */
export function longKey(value: string): string {
  return id128('long', value);
}

function isOddHead(head: string, timeUs: number): boolean {
  return head.length > KEYWORD_LIMIT || head.includes(LONE_SURROGATE) || timeUs < EARLIEST_US || timeUs > LATEST_US;
}

/** Lone surrogates come back from the index as another character. */
function isOddRecord(printed: string, record: JsonObject): boolean {
  return printed.includes(LONE_SURROGATE) || (printed.length > KEYWORD_LIMIT && hasLongLeaf(record));
}

function hasLongLeaf(value: unknown): boolean {
  if (typeof value === 'string') return value.length > KEYWORD_LIMIT;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongLeaf);
}

function longValues({ source, whosaw }: AuditEvent): Pick<StoreFields, 'long'> {
  const values = [whosaw.secret?.id, whosaw.actor?.id, source?.address];
  const long = values.filter((value) => value !== undefined && value.length > KEYWORD_LIMIT);
  return long.length === 0 ? {} : { long: long.map((value) => longKey(value ?? '')) };
}

/** JSON.stringify writes them so, and nothing else. */
const LONE_SURROGATE = '\\ud';
/** What date_nanos holds. */
const EARLIEST_US = Date.UTC(1678, 0) * 1_000;
const LATEST_US = Date.UTC(2262, 0) * 1_000;
