import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import { isPrintOf, MAX_DEPTH } from '../../lib/json-size.ts';
import { mayNeedScrubbing, REDACTED, scrubText } from '../../lib/scrub.ts';
import { isSecretName } from '../../lib/secret-name.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { ENTRY, type Field, type Fields } from './clear-fields.ts';
import { isKmipStatus } from './kmip.ts';
import { targetOf } from './target.ts';

/**
 * Replaces every value and token of an entry that is not HMACed, whatever the device's options (log_raw,
 * hmac_accessor): what is not known to be said in clear is a value. `entry` is owned by the caller and changed in place.
 * `text`, which it was parsed from, comes back untouched where nothing had to be replaced and nothing can hide in it.
 */
export function redactEntry(entry: JsonObject, text: string): { readonly record: JsonObject; readonly text: string } {
  const redaction = new Redaction(entry);
  const isPrint = isPrintOf(text, entry);
  if (!isPrint) redaction.prune(entry, MAX_DEPTH);
  redaction.fields(entry, ENTRY);
  if (mayNeedScrubbing(text) || hasTokenPath(text)) redaction.scrub(entry);
  return { record: entry, text: redaction.hasChanged || !isPrint ? JSON.stringify(entry) : text };
}

type Members = Record<string, JsonValue | undefined>;

class Redaction {
  hasChanged = false;
  readonly #entry: JsonObject;

  constructor(entry: JsonObject) {
    this.#entry = entry;
  }

  /** Treats each member as the table says; what the table does not know is a value. */
  fields(parent: Members, fields: Fields): void {
    for (const name of Object.keys(parent)) this.#field(parent, name, fields.get(name));
  }

  #field(parent: Members, name: string, field: Field | undefined): void {
    if (field === 'clear') return;
    const value = parent[name];
    if (field === 'headers') this.#named(parent, name, isCredentialHeader);
    else if (field === 'metadata') this.#named(parent, name, isSecretMetadata);
    else if (field === 'url') this.#url(value, parent, name);
    else if (field === 'answer') this.#values(parent, name, keptIn(this.#entry));
    else if (field !== undefined && isMembers(value)) this.fields(value, field);
    else this.#values(parent, name);
  }

  /** Replaces all leaves under parent[name] but for what `kept` describes. */
  #values(parent: Members, name: string, kept?: Kept): void {
    const value = parent[name];
    if (Array.isArray(value)) {
      const items = value as unknown as Members;
      for (let index = 0; index < value.length; index++) this.#values(items, String(index));
    } else if (isMembers(value)) {
      if (isKmipStatus(value, this.#entry)) return;
      for (const member of Object.keys(value)) {
        this.#values(value, member, kept instanceof Map ? kept.get(member) : undefined);
      }
    } else if (!isHarmless(value) && !(typeof kept === 'function' && kept(value))) this.#replace(parent, name);
  }

  /** Replaces what is below names that say so. */
  #named(parent: Members, name: string, isSecret: (member: string) => boolean): void {
    const members = parent[name];
    if (!isMembers(members)) this.#values(parent, name);
    else for (const member of Object.keys(members)) if (isSecret(member)) this.#values(members, member);
  }

  /** Queries and fragments carry codes, tokens and signatures. */
  #url(value: JsonValue | undefined, parent: Members, name: string): void {
    if (typeof value !== 'string') {
      this.#values(parent, name);
      return;
    }
    const end = value.search(/[?#]/);
    if (end !== -1) this.#replace(parent, name, `${value.slice(0, end + 1)}${REDACTED}`);
  }

  /** Tokens and keys in any other text: error messages, paths, metadata; also in names. */
  scrub(parent: Members): void {
    for (const name of Object.keys(parent)) {
      const value = parent[name];
      if (typeof value === 'string') {
        const clean = scrubOne(value);
        if (clean !== value) this.#replace(parent, name, clean);
      } else if (isContainer(value)) this.scrub(value);
      const cleanName = scrubOne(name);
      if (cleanName !== name) this.#rename(parent, name, cleanName);
    }
  }

  /** Whoever nests so deep wants to break what walks it. */
  prune(parent: Members, depth: number): void {
    for (const name of Object.keys(parent)) {
      const value = parent[name];
      if (!isContainer(value)) continue;
      if (depth <= 1) this.#replace(parent, name);
      else this.prune(value, depth - 1);
    }
  }

  #replace(parent: Members, name: string, value: string = REDACTED): void {
    parent[name] = value;
    this.hasChanged = true;
  }

  #rename(parent: Members, name: string, newName: string): void {
    parent[newName] = parent[name];
    delete parent[name];
    this.hasChanged = true;
  }
}

function isHarmless(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return HMAC.test(value) || value === '' || value === REDACTED;
  return value === null || value === undefined;
}

/** `hmac-sha256:abc123...` is how documentation shortens one. */
const HMAC = /^hmac-sha256:[0-9a-f]+(?:\.\.\.)?$/;

/** Headers are logged, and HMACed or not, as configured (log_raw or not); what carries credentials must not be seen. */
function isCredentialHeader(name: string): boolean {
  return /auth|token|cookie|secret|key|pass|session|credential|signature|assertion|jwt|saml|otp/i.test(name);
}

/** Whoever makes a token or a role writes metadata as they like. An AppRole's secret_id is its password. */
function isSecretMetadata(name: string): boolean {
  return !USUAL_METADATA.has(name) && (isSecretName(name) || /^secret_?id$/i.test(name));
}

const USUAL_METADATA = new Set(['username', 'role_name', 'role', 'email']);

/** What of an answer says something about it instead of being it, and how it must look. */
type Kept = ReadonlyMap<string, Kept> | ((value: unknown) => boolean);
const isStatus = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value);
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isTime = (value: unknown): boolean => typeof value === 'string' && parseTimeUs(value) !== undefined;
const ABOUT: ReadonlyMap<string, Kept> = new Map([['http_status_code', isStatus]]);
const ABOUT_TRANSIT: Kept = new Map([...ABOUT, ['key_version', isCount]]);
const VERSION: ReadonlyMap<string, Kept> = new Map([
  ['version', isCount],
  ['destroyed', isFlag],
  ['created_time', isTime],
  ['deletion_time', isTime],
]);
/** KV version 2 answers a read with {data, metadata}, a write with the metadata alone. */
const ABOUT_KV2_READ: Kept = new Map([...ABOUT, ['metadata', VERSION]]);
const ABOUT_KV2_WRITE: Kept = new Map([...ABOUT, ...VERSION]);

function keptIn(entry: JsonObject): Kept {
  const request = objectAt(entry, 'request');
  const { engine, path } = targetOf(request);
  if (engine === 'transit') return ABOUT_TRANSIT;
  if (engine !== 'kv' || !path.startsWith('data/')) return ABOUT;
  return stringAt(request, 'operation') === 'read' ? ABOUT_KV2_READ : ABOUT_KV2_WRITE;
}

/** Nothing that scrubbing looks for is spelt with these alone; most names, ids and HMACs are. */
const PLAIN = /^[\w/:-]*$/;

function scrubOne(text: string): string {
  const clean = PLAIN.test(text) ? text : scrubText(text);
  return hasTokenPath(clean) ? clean.replace(TOKEN_IN_PATH, `$1${REDACTED}`) : clean;
}

/** Old clients put the token itself, or its accessor, at the end of the path. */
function hasTokenPath(text: string): boolean {
  return text.includes('/token/') && TOKEN_PATH.test(text);
}

const TOKEN_PATH = /auth\/token\/(?:lookup|renew|revoke|revoke-orphan)(?:-accessor)?\//;
const TOKEN_IN_PATH = new RegExp(`(${TOKEN_PATH.source})[^\\s"'?]+`, 'g');

function isContainer(value: JsonValue | undefined): value is Members & JsonObject {
  return typeof value === 'object' && value !== null;
}

function isMembers(value: JsonValue | undefined): value is Members & JsonObject {
  return isObject(value);
}
