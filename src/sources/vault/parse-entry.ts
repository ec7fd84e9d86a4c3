import type { JsonObject } from '../../core/json.ts';
import { isObject } from '../../core/json.ts';
import type { RejectionReason } from '../../core/record.ts';
import { keysOf } from '../../lib/record-keys.ts';

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
 * entry that was cut off. Of several entries that are glued together it is the last.
 */
export function parseEntry(line: string): ParsedLine {
  const start = line.indexOf('{');
  if (start === -1) return rejected('not-json', 'The line holds no JSON object.');
  const text = start === 0 ? line : line.slice(start);
  const value = parseJson(text);
  if (isEntry(value)) return { entry: value, text, start, skipped: 0 };
  if (isObject(value)) return { ...rejected('not-a-record', NOT_AN_ENTRY), keys: keysOf(value) };
  return findGlued(line, start) ?? rejected('not-json', 'The line is not JSON, or cut off.');
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every entry's first key is one of these. */
const ENTRY_START = /\{\s*"(?:time|type|auth|request|response|error|forwarded_from)"\s*:/g;
/** A line that holds no entry behind so many of its last possible starts is not an entry glued onto another one. */
const GLUED_LIMIT = 64;
const NOT_AN_ENTRY = 'The object is no Vault audit entry: it has no "request", or no "type" of request or response.';

function findGlued(line: string, first: number): ParsedLine | undefined {
  const starts = entryStarts(line);
  for (const start of starts.toReversed()) {
    const text = line.slice(start);
    const value = parseJson(text);
    // In front of the first possible start there is only the device's prefix, were it to hold a brace.
    const isCut = starts.some((other) => other < start) || line.startsWith('{"', first);
    if (isEntry(value)) return { entry: value, text, start, skipped: isCut ? start : 0 };
  }
  return undefined;
}

/** Where entries may start, the last of them. */
function entryStarts(line: string): readonly number[] {
  const starts: number[] = [];
  for (const match of line.matchAll(ENTRY_START)) {
    starts.push(match.index);
    if (starts.length > GLUED_LIMIT) starts.shift();
  }
  return starts;
}

function isEntry(value: unknown): value is JsonObject {
  return isObject(value) && isObject(value['request']) && ENTRY_TYPES.has(value['type']);
}

const ENTRY_TYPES: ReadonlySet<unknown> = new Set(['request', 'response', 'kmip-request', 'kmip-response']);

function rejected(reason: RejectionReason, message: string): ParsedLine & { entry?: undefined } {
  return { skipped: 0, reason, message, keys: [] };
}
