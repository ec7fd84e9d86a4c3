import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import { REDACTED, scrubText } from '../../lib/scrub.ts';

type Mutable = Record<string, JsonValue | undefined>;
const HMAC = 'hmac-sha256:';

/**
 * Replaces every value and token of an entry that is not HMACed, whatever the device's options (log_raw,
 * hmac_accessor). `entry` is owned by the caller and changed in place; `text` comes back untouched where nothing had to
 * be replaced, and printed again otherwise.
 */
export function redactEntry(entry: JsonObject, text: string): { readonly record: JsonObject; readonly text: string } {
  let changed = false;
  const replace = (parent: Mutable, key: string): void => {
    parent[key] = REDACTED;
    changed = true;
  };
  redactTokens(entry['auth'], replace);
  const request = entry['request'];
  redactTokens(request, replace);
  if (isMutable(request)) redactRequest(request, replace);
  const response = entry['response'];
  if (isMutable(response)) redactResponse(response, allowedIn(entry), replace);
  if (SUSPICIOUS.test(text)) scrubStrings(entry, replaceWith);
  // Pretty-printed text would break the line that it becomes part of.
  return { record: entry, text: changed || text.includes('\n') ? JSON.stringify(entry) : text };

  function replaceWith(parent: Mutable, key: string, value: string): void {
    parent[key] = value;
    changed = true;
  }
}

type Replace = (parent: Mutable, key: string) => void;

/**
 * Anything that scrubbing could change. Narrower than what scrubText looks for, because every entry has a
 * `"client_token":` and base64 that ends in `=`: a name with its value counts only where both are within one string.
 */
const SUSPICIOUS =
  /private key|eyj|hv[sbr]\.|(?<![\w-])[sbr]\.[a-z0-9]{24}|bearer|basic[ \t]|passw(?:or)?d\\*["']?\s*(?:[:=]|%3d)|passphrase|pwd|:\\?\/\\?\/[^\s/@"\\]*@|=[^"=]|%3d|\\"\s*:|cookie:|token:|key:|\\u00[2-7]/i;

/** Fields that hold a token or what finds one. */
const TOKEN_FIELDS = ['client_token', 'accessor', 'client_token_accessor', 'token', 'wrapped_accessor'] as const;

function redactTokens(parent: JsonValue | undefined, replace: Replace): void {
  if (!isMutable(parent)) return;
  for (const name of TOKEN_FIELDS) if (name in parent && !isHarmless(parent[name])) replace(parent, name);
}

function redactRequest(request: Mutable, replace: Replace): void {
  if ('data' in request) redactValues(request, 'data', replace, NOTHING);
  redactHeaders(request['headers'], replace);
  redactQuery(request, 'request_uri', replace);
}

function redactResponse(response: Mutable, allowed: ReadonlySet<string>, replace: Replace): void {
  if ('data' in response) redactValues(response, 'data', replace, allowed);
  redactTokens(response['auth'], replace);
  redactTokens(response['wrap_info'], replace);
  redactTokens(response['secret'], replace);
  redactHeaders(response['headers'], replace);
  redactQuery(response, 'redirect', replace);
}

/** Numbers and booleans of response.data that say something about the answer instead of being it. */
const NOTHING: ReadonlySet<string> = new Set();
const ALLOWED: ReadonlySet<string> = new Set(['http_status_code']);
/** KV version 2 answers a read with {data, metadata}, a write with the metadata alone. */
const KV2_READ: ReadonlySet<string> = new Set([...ALLOWED, 'metadata.version', 'metadata.destroyed']);
const KV2_WRITE: ReadonlySet<string> = new Set([...ALLOWED, 'version', 'destroyed']);

function allowedIn(entry: JsonObject): ReadonlySet<string> {
  const request = objectAt(entry, 'request');
  if (!KV2_DATA_PATH.test(stringAt(request, 'path') ?? '')) return ALLOWED;
  return stringAt(request, 'operation') === 'read' ? KV2_READ : KV2_WRITE;
}

const KV2_DATA_PATH = /^[^/]+\/(?:[^/]+\/)*?data\//;

/** Replaces all leaves under parent[key]; `allowed` names paths below it whose numbers and booleans may stay. */
function redactValues(parent: Mutable, key: string, replace: Replace, allowed: ReadonlySet<string>, path = ''): void {
  const value = parent[key];
  if (Array.isArray(value)) {
    const items: Mutable = value as unknown as Mutable;
    for (let index = 0; index < value.length; index++) redactValues(items, String(index), replace, NOTHING);
  } else if (isMutable(value)) {
    for (const name of Object.keys(value)) {
      redactValues(value, name, replace, allowed, path === '' ? name : `${path}.${name}`);
    }
  } else if (!isHarmless(value) && !(allowed.has(path) && typeof value !== 'string')) replace(parent, key);
}

function isHarmless(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return value.startsWith(HMAC) || value === REDACTED || value === '';
  return value === null || value === undefined;
}

const SECRET_HEADER = /auth|token|cookie|secret|key|password|session/i;

/** Configured headers may be logged in clear; those that carry credentials must not. */
function redactHeaders(headers: JsonValue | undefined, replace: Replace): void {
  if (!isMutable(headers)) return;
  for (const name of Object.keys(headers)) {
    if (SECRET_HEADER.test(name)) redactValues(headers, name, replace, NOTHING);
  }
}

function redactQuery(parent: Mutable, key: string, replace: Replace): void {
  const value = parent[key];
  if (typeof value !== 'string') {
    if (value !== undefined && value !== null) replace(parent, key);
    return;
  }
  const query = value.indexOf('?');
  if (query === -1) return;
  replace(parent, key);
  parent[key] = `${value.slice(0, query)}?${REDACTED}`;
}

/** Tokens and keys in any other text: error messages, paths, metadata. */
function scrubStrings(parent: JsonValue, replaceWith: (parent: Mutable, key: string, value: string) => void): void {
  if (!isMutable(parent) && !Array.isArray(parent)) return;
  const owner: Mutable = parent as unknown as Mutable;
  for (const key of Object.keys(owner)) {
    const value = owner[key];
    if (typeof value === 'string') {
      if (value.startsWith(HMAC)) continue;
      const scrubbed = scrubText(value);
      if (scrubbed !== value) replaceWith(owner, key, scrubbed);
    } else if (value !== null && typeof value === 'object') scrubStrings(value, replaceWith);
  }
}

function isMutable(value: JsonValue | undefined): value is Mutable & JsonObject {
  return isObject(value);
}
