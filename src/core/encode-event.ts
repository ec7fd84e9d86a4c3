import type { AuditEvent, Observation } from './event.ts';

/**
 * The document that is stored and shown: the event, with the vendor's redacted record under `whosaw.record`.
 * The record's own text is spliced in behind the last key, which saves printing the larger half of the document again.
 */
export function encodeEvent(observation: Observation): string {
  const head = JSON.stringify(observation.event);
  return `${head.slice(0, -2)},"record":${observation.text}}}`;
}

/** What encodeEvent was given: the event, and behind it the record, whose text is kept as it is. */
export function decodeEvent(text: string): Pick<Observation, 'event' | 'record' | 'text'> {
  const { whosaw, ...event } = JSON.parse(text) as StoredDocument;
  const { record, ...fields } = whosaw;
  return {
    event: { ...event, whosaw: fields },
    record,
    text: text.slice(text.indexOf(RECORD) + RECORD.length, -DOCUMENT_TAIL.length),
  };
}

type StoredDocument = Omit<AuditEvent, 'whosaw'> & {
  readonly whosaw: AuditEvent['whosaw'] & { readonly record: Observation['record'] };
};

/**
 * What stands between the event and the record. Its first occurrence is that place: inside of a JSON string every quote
 * has a backslash before it, and no key of an event's own is called `record`.
 */
const RECORD = ',"record":';
const DOCUMENT_TAIL = '}}';
