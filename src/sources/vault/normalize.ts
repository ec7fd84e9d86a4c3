import type { AuditEvent, Observation, WhosawFields } from '../../core/event.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { sourceAddress } from '../../lib/address.ts';
import { ECS_VERSION, ecsClass } from '../../lib/ecs.ts';
import { id128, sha256 } from '../../lib/hash.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { accessOf, type Access } from './access.ts';
import { actorOf, type Actor } from './actor.ts';
import { DEFAULT_CLUSTER } from './open-requests.ts';
import { outcomeOf } from './outcome.ts';

/** One response entry (or a request whose response did not come) -> one event. Source: reference of the audit format. */
export function normalizeVault(raw: RawRecord): Result<Observation, Rejection> {
  const { record, text } = raw;
  const time = stringAt(record, 'time');
  const timeUs = parseTimeUs(time ?? '');
  if (time === undefined || timeUs === undefined) return fail(noTime(raw));
  const request = objectAt(record, 'request');
  const access = accessOf(request);
  const unanswered = raw.unanswered === true;
  const { outcome, reason, error } = outcomeOf(record, access, unanswered);
  const { actor, user } = actorOfEntry(record, access, raw.cluster ?? DEFAULT_CLUSTER);
  const { category, type } = ecsClass(access.kind, outcome);
  const ids = idsOf(raw, request);
  const address = stringAt(request, 'remote_address');
  const agent = userAgent(request);
  const path = stringAt(request, 'path');
  const event: AuditEvent = {
    '@timestamp': time,
    ecs: { version: ECS_VERSION },
    event: {
      id: ids.event,
      kind: 'event',
      category,
      type,
      action: stringAt(request, 'operation') ?? stringAt(record, 'type') ?? 'unknown',
      outcome,
      ...(reason === undefined ? {} : { reason }),
      provider: 'vault',
      module: 'vault',
      dataset: 'vault.audit',
      created: raw.seen,
      original_hash: sha256(text),
    },
    ...(error === undefined ? {} : { error }),
    ...(user === undefined ? {} : { user }),
    ...(address === undefined ? {} : { source: sourceAddress(address, portOf(request)) }),
    ...(agent === undefined ? {} : { user_agent: { original: agent } }),
    ...(path === undefined ? {} : { url: { path } }),
    whosaw: whosawFields(raw, { access, accessId: ids.access, actor }),
  };
  return ok({ type: 'vault', event, record, text, timeUs });
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
  const match = /(?:^|\/)login\/(.+)$/.exec(stringAt(objectAt(record, 'request'), 'path') ?? '');
  return match?.[1] === undefined ? {} : { user: { name: match[1] } };
}

/** Devices stamp one request differently, so its time is no part of its id. Without a request id, the line is hashed. */
function idsOf(raw: RawRecord, request: JsonObject): { readonly event: string; readonly access: string } {
  const cluster = raw.cluster ?? DEFAULT_CLUSTER;
  const requestId = stringAt(request, 'id');
  const name = requestId ?? `line:${sha256(raw.text)}`;
  const answered = id128('vault', cluster, name);
  return raw.unanswered === true
    ? { event: id128('vault', cluster, name, 'unanswered'), access: answered }
    : { event: answered, access: answered };
}

interface Found {
  readonly access: Access;
  readonly accessId: string;
  readonly actor: Actor['actor'];
}

function whosawFields(raw: RawRecord, { access, accessId, actor }: Found): WhosawFields {
  const wrap = wrapToken(raw.record, access);
  const version = versionOf(raw.record);
  return {
    access: { id: accessId, ...(access.kind === undefined ? {} : { kind: access.kind }) },
    ...(actor === undefined ? {} : { actor }),
    ...(access.secret === undefined
      ? {}
      : {
          secret: {
            id: `vault:${raw.cluster ?? DEFAULT_CLUSTER}/${access.secret}`,
            name: access.secret,
            ...(version === undefined ? {} : { version }),
            store: 'vault' as const,
            kind: access.secretKind ?? 'secret',
          },
        }),
    ...(wrap === undefined ? {} : { wrap: { token: wrap } }),
    ...(raw.unanswered === true ? { unanswered: true } : {}),
    origin: raw.origin,
  };
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
    return typeof first === 'string' ? first : undefined;
  }
  return undefined;
}

function noTime(raw: RawRecord): Rejection {
  return {
    origin: raw.origin,
    reason: 'no-time',
    message: 'The entry has no "time" in RFC 3339.',
    length: Buffer.byteLength(raw.text),
    keys: Object.keys(raw.record),
  };
}
