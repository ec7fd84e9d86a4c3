import type { JsonObject, JsonValue } from '../core/json.ts';
import { isPrintOf } from './json-size.ts';
import { mayNeedScrubbing, REDACTED, scrubText } from './scrub.ts';
import { isSecretName } from './secret-name.ts';

type Members = Record<string, JsonValue | undefined>;

/**
 * Redacts a record in place: below the top-level keys `parts`, whatever has a secret's name, whole; and credentials in
 * every string. Gives the record's text: `text` itself where nothing was secret. A text that may show more than the
 * record does (a key that stands there twice) is printed again. `isSecret` is `isSecretName`, memoized.
 */
export function redactRecord(
  record: JsonObject,
  text: string,
  parts: readonly string[],
  isSecret: (name: string) => boolean,
): string {
  let found = false;
  for (const part of parts) if (redactNamed(record[part], isSecret)) found = true;
  const suspicious = mayNeedScrubbing(text);
  const scrubbed = suspicious && scrubStrings(record);
  return found || scrubbed || (suspicious && !isPrintOf(text, record)) ? JSON.stringify(record) : text;
}

/** true: a secret's name was found, whatever it held. */
function redactNamed(value: JsonValue | undefined, isSecret: (name: string) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isItems(value)) return value.reduce<boolean>((found, item) => redactNamed(item, isSecret) || found, false);
  const members = owned(value);
  let found = redactPair(members);
  for (const name of Object.keys(members)) {
    if (isSecret(name)) {
      found = true;
      if (!isHarmless(members[name])) members[name] = REDACTED;
    } else if (redactNamed(members[name], isSecret)) found = true;
  }
  return found;
}

/** `{"name": "DB_PASSWORD", "value": "..."}`: how environments and tags are written. */
function redactPair(pair: Members): boolean {
  const value = 'value' in pair ? 'value' : 'Value';
  if (!(value in pair)) return false;
  const name = pair['name'] ?? pair['key'] ?? pair['Name'] ?? pair['Key'];
  if (typeof name !== 'string' || !isSecretName(name)) return false;
  if (!isHarmless(pair[value])) pair[value] = REDACTED;
  return true;
}

/** What vendors write instead of a secret. */
const PLACEHOLDER = /^(?:|HIDDEN_DUE_TO_SECURITY_REASONS|<?sensitiveDataRemoved>?|\[redacted\]|\*+|hmac-sha256:[^]*)$/i;

function isHarmless(value: JsonValue | undefined): boolean {
  return value === null || value === undefined || (typeof value === 'string' && PLACEHOLDER.test(value));
}

/** In names as well: who writes a map may have put anything there. */
function scrubStrings(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const members = owned(value);
  let changed = false;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (typeof member === 'string') changed = replace(members, name, scrubText(member)) || changed;
    else if (member !== undefined && scrubStrings(member)) changed = true;
    changed = rename(members, name, scrubText(name)) || changed;
  }
  return changed;
}

function replace(members: Members, name: string, scrubbed: string): boolean {
  if (members[name] === scrubbed) return false;
  members[name] = scrubbed;
  return true;
}

function rename(members: Members, name: string, scrubbed: string): boolean {
  if (name === scrubbed) return false;
  members[scrubbed] = members[name];
  delete members[name];
  return true;
}

function isItems(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** An object's members, or an array's items: the framer parsed them and nobody else has them yet. */
function owned(value: JsonObject | readonly JsonValue[]): Members {
  return value as Members;
}
