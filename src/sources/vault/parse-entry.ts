import type { JsonObject } from '../../core/json.ts';
import { isObject } from '../../core/json.ts';
import type { RejectionReason } from '../../core/record.ts';

export type ParsedLine =
  | {
      readonly entry: JsonObject;
      /** The entry's own text, and where it starts in the line. */
      readonly text: string;
      readonly start: number;
      /** Characters in front of the entry that belong to an entry which was cut off; 0 where there are none. */
      readonly skipped: number;
    }
  | {
      readonly entry?: undefined;
      readonly skipped: 0;
      readonly reason: RejectionReason;
      readonly message: string;
      readonly keys: readonly string[];
    };

/**
 * One line of an audit device: an entry, maybe behind the device's prefix; after a full disk, behind the beginning of an
 * entry that was cut off.
 */
export function parseEntry(line: string): ParsedLine {
  const start = line.indexOf('{');
  if (start === -1) return rejected('not-json', 'The line holds no JSON object.');
  const text = start === 0 ? line : line.slice(start);
  const value = parseJson(text);
  if (isEntry(value)) return { entry: value, text, start, skipped: 0 };
  if (isObject(value)) return { ...rejected('not-a-record', NOT_AN_ENTRY), keys: Object.keys(value) };
  return findGlued(line, start) ?? rejected('not-json', 'The line is not JSON, or cut off.');
}

/** Every entry's first key is one of these; newest position first, so that the last entry that is whole is found. */
const ENTRY_START = /\{\s*"(?:time|type|auth|request|response|error|forwarded_from)"\s*:/g;
/** A line with more possible starts than this is not an entry glued onto another one. */
const GLUED_LIMIT = 64;
const NOT_AN_ENTRY = 'The object has no "request" or no "type": a Vault audit entry has both.';

function findGlued(line: string, after: number): ParsedLine | undefined {
  const starts = Array.from(line.matchAll(ENTRY_START), (match) => match.index).filter((index) => index > after);
  for (const start of starts.slice(-GLUED_LIMIT).reverse()) {
    const text = line.slice(start);
    const value = parseJson(text);
    if (isEntry(value)) return { entry: value, text, start, skipped: start };
  }
  return undefined;
}

function isEntry(value: unknown): value is JsonObject {
  return isObject(value) && isObject(value['request']) && typeof value['type'] === 'string';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rejected(reason: RejectionReason, message: string): ParsedLine & { entry?: undefined } {
  return { skipped: 0, reason, message, keys: [] };
}
