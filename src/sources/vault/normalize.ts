import type { AuditEvent, Observation, SecretFields, WhosawFields } from '../../core/event.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { sourceAddress } from '../../lib/address.ts';
import { ECS_VERSION, ecsClass } from '../../lib/ecs.ts';
import { id128, sha256 } from '../../lib/hash.ts';
import type { Mutable } from '../../lib/mutable.ts';
import { keysOf } from '../../lib/record-keys.ts';
import { parseTimeUs, utcTime } from '../../lib/time.ts';
import { accessOf, type Access } from './access.ts';
import { actorOf, type Actor } from './actor.ts';
import { DEFAULT_CLUSTER } from './open-requests.ts';
import { outcomeOf, type Verdict } from './outcome.ts';

/** One response entry (or a request whose response did not come) -> one event. Source: reference of the audit format. */
export function normalizeVault(raw: RawRecord): Result<Observation, Rejection> {
  const { record, text } = raw;
  const time = stringAt(record, 'time') ?? '';
  const timeUs = parseTimeUs(time);
  if (timeUs === undefined) return fail(noTime(raw));
  const request = objectAt(record, 'request');
  const cluster = raw.cluster ?? DEFAULT_CLUSTER;
  const access = accessOf(request);
  const verdict = outcomeOf(record, access, raw.unanswered === true);
  const { actor, user } = actorOfEntry(record, access, cluster);
  const ids = idsOf(raw, request, cluster);
  const head: Mutable<Omit<AuditEvent, 'whosaw'>> = {
    '@timestamp': utcTime(time, timeUs),
    ecs: ECS,
    event: eventFields(raw, ids.event, access, verdict),
  };
  if (verdict.error !== undefined) head.error = verdict.error;
  if (user !== undefined) head.user = user;
  addOrigin(head, request);
  const whosaw = whosawFields(raw, { access, accessId: ids.access, actor, cluster });
  return ok({ type: 'vault', event: { ...head, whosaw }, record, text, timeUs });
}

const ECS = { version: ECS_VERSION };

function eventFields(raw: RawRecord, id: string, access: Access, { outcome, reason }: Verdict): AuditEvent['event'] {
  const { category, type } = ecsClass(access.kind, outcome);
  const request = objectAt(raw.record, 'request');
  const fields: Mutable<AuditEvent['event']> = {
    id,
    kind: 'event',
    category,
    type,
    action: stringAt(request, 'operation') ?? stringAt(raw.record, 'type') ?? 'unknown',
    outcome,
    provider: 'vault',
    module: 'vault',
    dataset: 'vault.audit',
    created: raw.seen,
    original_hash: sha256(raw.text),
  };
  if (reason !== undefined) fields.reason = reason;
  return fields;
}

function addOrigin(head: Mutable<Omit<AuditEvent, 'whosaw'>>, request: JsonObject): void {
  const address = stringAt(request, 'remote_address');
  const agent = userAgent(request);
  const path = stringAt(request, 'path');
  if (address !== undefined) head.source = sourceAddress(address, portOf(request));
  if (agent !== undefined) head.user_agent = { original: agent };
  if (path !== undefined) head.url = { path };
}

/** A login's own request has no token yet: its response says who came in. */
function actorOfEntry(record: JsonObject, access: Access, cluster: string): Actor {
  const own = objectAt(record, 'auth');
  if (access.kind !== 'login' || stringAt(own, 'display_name') !== undefined) return actorOf(own, cluster);
  const issued = objectAt(record, 'response')['auth'];
  return isObject(issued) ? actorOf(issued, cluster) : claimedName(record);
}

/** A failed login names its user in the path only: text that anybody can write, so it is a name and no actor. */
function claimedName(record: JsonObject): Actor {
  const path = stringAt(objectAt(record, 'request'), 'path') ?? '';
  const name = path.slice(path.indexOf('/login/') + '/login/'.length);
  return path.includes('/login/') && name !== '' ? { user: { name } } : {};
}

interface Ids {
  readonly event: string;
  readonly access: string;
}

/** Devices stamp one request differently, so its time is no part of its id. Without a request id, the line is hashed. */
function idsOf(raw: RawRecord, request: JsonObject, cluster: string): Ids {
  const name = stringAt(request, 'id') ?? `line:${sha256(raw.text)}`;
  const answered = id128('vault', cluster, name);
  const event = raw.unanswered === true ? id128('vault', cluster, name, 'unanswered') : answered;
  return { event, access: answered };
}

interface Found {
  readonly access: Access;
  readonly accessId: string;
  readonly actor: Actor['actor'];
  readonly cluster: string;
}

function whosawFields(raw: RawRecord, { access, accessId, actor, cluster }: Found): WhosawFields {
  const wrap = wrapToken(raw.record, access);
  const fields: Mutable<Omit<WhosawFields, 'origin'>> = {
    access: access.kind === undefined ? { id: accessId } : { id: accessId, kind: access.kind },
  };
  if (actor !== undefined) fields.actor = actor;
  if (access.secret !== undefined) fields.secret = secretFields(raw.record, access, access.secret, cluster);
  if (wrap !== undefined) fields.wrap = { token: wrap };
  if (raw.unanswered === true) fields.unanswered = true;
  return { ...fields, origin: raw.origin };
}

function secretFields(record: JsonObject, access: Access, name: string, cluster: string): SecretFields {
  const version = versionOf(record);
  const fields: Mutable<SecretFields> = {
    id: `vault:${cluster}/${name}`,
    name,
    store: 'vault',
    kind: access.secretKind ?? 'secret',
  };
  if (version !== undefined) fields.version = version;
  return fields;
}

/** KV version 2 says which version was read. */
function versionOf(record: JsonObject): string | undefined {
  const data = objectAt(objectAt(record, 'response'), 'data');
  const version = objectAt(data, 'metadata')['version'] ?? data['version'];
  return typeof version === 'number' ? String(version) : undefined;
}

/** The HMAC of the wrapping token: in the answer that was wrapped, and in the request that unwraps it. */
function wrapToken(record: JsonObject, access: Access): string | undefined {
  const wrapped = stringAt(objectAt(objectAt(record, 'response'), 'wrap_info'), 'token');
  if (wrapped !== undefined) return hmacOnly(wrapped);
  const request = objectAt(record, 'request');
  const isUnwrap = access.kind === 'read' && stringAt(request, 'path') === 'sys/wrapping/unwrap';
  if (!isUnwrap) return undefined;
  return hmacOnly(stringAt(objectAt(request, 'data'), 'token') ?? stringAt(request, 'client_token'));
}

function hmacOnly(text: string | undefined): string | undefined {
  return text?.startsWith('hmac-sha256:') === true ? text : undefined;
}

function portOf(request: JsonObject): number | undefined {
  const port = request['remote_port'];
  return typeof port === 'number' && port > 0 ? port : undefined;
}

function userAgent(request: JsonObject): string | undefined {
  const headers = objectAt(request, 'headers');
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() !== 'user-agent') continue;
    const value = headers[name];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'string' && first !== '' && hmacOnly(first) === undefined ? first : undefined;
  }
  return undefined;
}

function noTime(raw: RawRecord): Rejection {
  return {
    origin: raw.origin,
    reason: 'no-time',
    message: 'The entry has no "time" in RFC 3339.',
    length: Buffer.byteLength(raw.text),
    keys: keysOf(raw.record),
  };
}
