import type { AuditEvent, Observation, WhosawFields } from '../../core/event.ts';
import { objectAt, stringAt, type JsonObject } from '../../core/json.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { sourceAddress } from '../../lib/address.ts';
import { ECS_VERSION, ecsClass } from '../../lib/ecs.ts';
import { id128, sha256 } from '../../lib/hash.ts';
import { keysOf } from '../../lib/record-keys.ts';
import type { Mutable } from '../../lib/mutable.ts';
import { parseTimeUs, utcTime } from '../../lib/time.ts';
import { accessKindOf } from './access.ts';
import { whoOf, type Who } from './actor.ts';
import { outcomeOf } from './outcome.ts';
import { batchOf, secretOf } from './secret.ts';

/**
 * One CloudTrail record of any service -> one event. Source:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function normalizeCloudTrail(raw: RawRecord): Result<Observation, Rejection> {
  const { record, text } = raw;
  const isInsight = record['eventCategory'] === 'Insight' || record['eventType'] === 'AwsCloudTrailInsight';
  const named = isInsight ? objectAt(record, 'insightDetails') : record;
  const action = stringAt(named, 'eventName');
  const provider = stringAt(named, 'eventSource');
  if (action === undefined || provider === undefined) return fail(reject(raw, 'not-a-record'));
  const time = stringAt(record, 'eventTime') ?? '';
  const timeUs = parseTimeUs(time);
  if (timeUs === undefined) return fail(reject(raw, 'no-time'));
  const kind = isInsight ? undefined : accessKindOf(provider, action);
  const { outcome, reason, error } = outcomeOf(record, action);
  const { category, type } = ecsClass(kind, outcome);
  const who = whoOf(record);
  const id = id128('cloudtrail', stringAt(record, 'eventID') ?? text);
  const accessId = isInsight ? id : accessIdOf(record, id);
  const event: Mutable<AuditEvent['event']> = {
    id,
    kind: 'event',
    category,
    type,
    action,
    outcome,
    provider,
    module: 'aws',
    dataset: 'aws.cloudtrail',
    created: raw.seen,
    original_hash: sha256(text),
  };
  if (reason !== undefined) event.reason = reason;
  const head: Mutable<Omit<AuditEvent, 'whosaw'>> = { '@timestamp': utcTime(time, timeUs), ecs: ECS, event };
  if (error !== undefined) head.error = error;
  if (who.user !== undefined) head.user = who.user;
  addSource(head, record);
  head.cloud = cloudOf(record);
  const whosaw = whosawFields(raw, { provider, action, accessId, kind, who });
  return ok({ type: 'cloudtrail', event: { ...head, whosaw }, record, text, timeUs });
}

const ECS = { version: ECS_VERSION };

/** Both accounts of a call log it, each under an id of its own. Insights share an id for their begin and end instead. */
function accessIdOf(record: JsonObject, id: string): string {
  const shared = stringAt(record, 'sharedEventID');
  return shared === undefined ? id : id128('cloudtrail-shared', shared);
}

interface Found {
  readonly provider: string;
  readonly action: string;
  readonly accessId: string;
  readonly kind: WhosawFields['access']['kind'];
  readonly who: Who;
}

function whosawFields(raw: RawRecord, { provider, action, accessId, kind, who }: Found): WhosawFields {
  const fields: Mutable<WhosawFields> = {
    access: kind === undefined ? { id: accessId } : { id: accessId, kind },
    origin: raw.origin,
  };
  const secret = secretOf(raw.record, provider, action);
  const secrets = batchOf(raw.record, action);
  if (who.actor !== undefined) fields.actor = who.actor;
  if (secret !== undefined) fields.secret = secret;
  if (secrets.length > 0) fields.batch = { secrets };
  return fields;
}

function addSource(head: Mutable<Omit<AuditEvent, 'whosaw'>>, record: JsonObject): void {
  const address = stringAt(record, 'sourceIPAddress');
  if (address !== undefined) head.source = address.includes(',') ? firstOf(address) : sourceAddress(address);
  const agent = stringAt(record, 'userAgent');
  if (agent !== undefined) head.user_agent = { original: agent };
}

/** Behind proxies it is a list of addresses, the caller's first. */
function firstOf(list: string): NonNullable<AuditEvent['source']> {
  for (const part of list.split(',', ADDRESSES_LIMIT)) {
    const { ip } = sourceAddress(part.trim());
    if (ip !== undefined) return { address: list, ip };
  }
  return { address: list };
}

const ADDRESSES_LIMIT = 16;

function cloudOf(record: JsonObject): NonNullable<AuditEvent['cloud']> {
  const cloud: Mutable<NonNullable<AuditEvent['cloud']>> = { provider: 'aws' };
  const account = stringAt(record, 'recipientAccountId') ?? stringAt(objectAt(record, 'userIdentity'), 'accountId');
  const region = stringAt(record, 'awsRegion');
  if (account !== undefined) cloud.account = { id: account };
  if (region !== undefined) cloud.region = region;
  return cloud;
}

function reject(raw: RawRecord, reason: keyof typeof MESSAGES): Rejection {
  const length = Buffer.byteLength(raw.text);
  return { origin: raw.origin, reason, message: MESSAGES[reason], length, keys: keysOf(raw.record) };
}

const MESSAGES = {
  'not-a-record': 'Expected a CloudTrail record: an object with "eventName" and "eventSource".',
  'no-time': 'Expected the record to have "eventTime" in RFC 3339.',
} as const;
