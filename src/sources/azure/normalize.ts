import type { AuditEvent, Observation, WhosawFields } from '../../core/event.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { sourceAddress } from '../../lib/address.ts';
import { ECS_VERSION, ecsClass } from '../../lib/ecs.ts';
import { id128, sha256 } from '../../lib/hash.ts';
import type { Mutable } from '../../lib/mutable.ts';
import { keysOf } from '../../lib/record-keys.ts';
import { parseTimeUs, utcTime } from '../../lib/time.ts';
import { accessKindOf } from './access.ts';
import { whoOf, type Who } from './actor.ts';
import { outcomeOf } from './outcome.ts';
import type { VaultCall } from './raw-shape.ts';
import { readCall } from './read-call.ts';
import { targetOf, type Target } from './secret.ts';

/** One audit record of a vault -> one event. */
export function normalizeKeyVault(raw: RawRecord): Result<Observation, Rejection> {
  const call = readCall(raw.record);
  if (call === undefined) return fail(reject(raw, 'not-a-record'));
  const timeUs = parseTimeUs(call.time ?? '');
  if (call.time === undefined || timeUs === undefined) return fail(reject(raw, 'no-time'));
  const time = utcTime(call.time, timeUs);
  const kind = accessKindOf(call.operation);
  const { outcome, reason, error } = outcomeOf(call);
  const { category, type } = ecsClass(kind, outcome);
  const who = whoOf(call.claims);
  const target = targetOf(call);
  const source = call.address === undefined ? undefined : sourceAddress(call.address);
  const id = eventId({ call, time, target, who, address: source?.address ?? '' });
  const event: Mutable<AuditEvent['event']> = {
    id,
    kind: 'event',
    category,
    type,
    action: call.operation,
    outcome,
    provider: 'Microsoft.KeyVault',
    module: 'azure',
    dataset: call.isActivity === true ? 'azure.activitylogs' : 'azure.keyvault',
    created: raw.seen,
    original_hash: sha256(raw.text),
  };
  if (reason !== undefined) event.reason = reason;
  if (call.durationMs !== undefined) event.duration = Math.round(call.durationMs * NANOSECONDS);
  const head: Mutable<Omit<AuditEvent, 'whosaw'>> = { '@timestamp': time, ecs: ECS, event };
  if (error !== undefined) head.error = error;
  if (who.user !== undefined) head.user = who.user;
  if (source !== undefined) head.source = source;
  if (call.client !== undefined) head.user_agent = { original: call.client };
  head.cloud = cloudOf(call);
  const whosaw: Mutable<WhosawFields> = { access: kind === undefined ? { id } : { id, kind }, origin: raw.origin };
  if (who.actor !== undefined) whosaw.actor = who.actor;
  if (target.secret !== undefined) whosaw.secret = target.secret;
  return ok({ type: 'keyvault', event: { ...head, whosaw }, record: raw.record, text: raw.text, timeUs });
}

const ECS = { version: ECS_VERSION };
const NANOSECONDS = 1_000_000;

interface Identity {
  readonly call: VaultCall;
  readonly time: string;
  readonly target: Target;
  readonly who: Who;
  readonly address: string;
}

/** Key Vault gives its events no id. Written so that every shape of the log gives the same. */
function eventId({ call, time, target, who, address }: Identity): string {
  return id128(
    'keyvault',
    time.replace(TRAILING_ZEROS, '$1Z'),
    target.vault ?? '',
    call.operation,
    target.secret === undefined ? '' : `${target.secret.id}/${target.secret.version ?? ''}`,
    who.caller,
    address,
    String(call.status ?? ''),
    String(call.durationMs ?? ''),
    call.correlationId?.toLowerCase() ?? '',
  );
}

const TRAILING_ZEROS = /(?:\.0*|(\.\d*[1-9])0*)Z$/;

function cloudOf(call: VaultCall): NonNullable<AuditEvent['cloud']> {
  const cloud: Mutable<NonNullable<AuditEvent['cloud']>> = { provider: 'azure' };
  const subscription = SUBSCRIPTION.exec(call.resourceId ?? '')?.[1];
  if (subscription !== undefined) cloud.account = { id: subscription.toLowerCase() };
  if (call.region !== undefined) cloud.region = call.region;
  return cloud;
}

const SUBSCRIPTION = /^\/subscriptions\/([^/]{1,100})/i;

function reject(raw: RawRecord, reason: keyof typeof MESSAGES): Rejection {
  const length = Buffer.byteLength(raw.text);
  return { origin: raw.origin, reason, message: MESSAGES[reason], length, keys: keysOf(raw.record) };
}

const MESSAGES = {
  'not-a-record':
    'Expected an audit record of a key vault: an object with "operationName" and a vault\'s "resourceId".',
  'no-time': 'Expected the record to have "time" in RFC 3339.',
} as const;
