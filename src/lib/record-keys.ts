import type { JsonObject } from '../core/json.ts';
import { scrubText } from './scrub.ts';

const KEYS_LIMIT = 32;
const KEY_LIMIT = 64;

/** Names of a record's top-level keys for a rejection, bounded and scrubbed: whoever wrote the record chose them. */
export function keysOf(record: JsonObject): readonly string[] {
  const names: string[] = [];
  for (const name of Object.keys(record)) {
    if (names.length === KEYS_LIMIT) break;
    names.push(scrubText(name).slice(0, KEY_LIMIT));
  }
  return names;
}
