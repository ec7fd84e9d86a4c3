import type { JsonObject, JsonValue } from '../core/json.ts';
import { isPrintOf } from './json-size.ts';
import { mayNeedScrubbing, REDACTED, scrubText } from './scrub.ts';

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

/** A key that names the credential that it holds, in any spelling: `SecretString`, `secret_string`, `secret-string`. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return !IDS.has(plain) && (SECRETS.has(plain) || SECRET_ENDS.test(plain));
}

/** Ids that a caller makes up so that a call is not done twice, and switches. */
const IDS: ReadonlySet<string> = new Set([
  'clientrequesttoken',
  'clienttoken',
  'clientidempotencytoken',
  'creationtoken',
  'idempotencytoken',
  'allowuserstochangepassword',
  'managemasteruserpassword',
]);

const SECRET_ENDS =
  /(?:password|passwd|passphrase|plaintext|token|secret(?:string|binary|key|accesskey)|privatekey|apikey|(?:client|shared)secret)$/;

const SECRETS: ReadonlySet<string> = new Set(
  (
    'secret pwd passcode otp mfacode tokencode authenticationcode1 authenticationcode2 base32stringseed ' +
    'authorization proxyauthorization cookie setcookie xamzsignature assertion samlassertion samlresponse ' +
    'accountkey sharedaccesskey connectionstring keymaterial userdata authorizationcode privatekeypem'
  ).split(' '),
);

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
