import { parseTimeUs } from '../../lib/time.ts';

/** What pairing needs of a request. */
export interface Peeked {
  /** `request.id` */
  readonly id: string;
  readonly timeUs: number;
}

/**
 * Reads off the text of a request's entry what pairing needs, without parsing it: most requests are answered, and the
 * response repeats them. Only where the text is plainly one whole entry as Vault prints it; undefined for any other.
 * Safe against what callers send: their texts are escaped in there, and their data comes behind the id.
 */
export function peekRequest(text: string): Peeked | undefined {
  if (!text.startsWith(HEAD) || !text.endsWith(TAIL)) return undefined;
  const timeEnd = text.indexOf('"', HEAD.length);
  if (!text.startsWith(TYPE, timeEnd)) return undefined;
  const idStart = text.indexOf(ID, timeEnd) + ID.length;
  const id = text.slice(idStart, idStart + ID_LENGTH);
  if (!UUID.test(id) || text.charAt(idStart + ID_LENGTH) !== '"') return undefined;
  // Another entry may be glued on where this one was cut off.
  if (text.includes(HEAD, timeEnd)) return undefined;
  const timeUs = parseTimeUs(text.slice(HEAD.length, timeEnd));
  return timeUs === undefined ? undefined : { id, timeUs };
}

const HEAD = '{"time":"';
const TYPE = '","type":"request",';
const ID = '"request":{"id":"';
const TAIL = '}}';
const ID_LENGTH = 36;
const UUID = /^[0-9a-f-]{36}$/;
