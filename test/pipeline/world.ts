import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Alert } from '../../src/core/alert.ts';
import type { Observation } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { RawRecord } from '../../src/core/record.ts';
import { Evaluation } from '../../src/detect/evaluate.ts';
import { loadStages } from '../../src/pipeline/load-stages.ts';
import { observe, type Stages } from '../../src/pipeline/observe.ts';

const FOLDER = fileURLToPath(new URL('./rules', import.meta.url));

/** One rule of each kind, with short memories, and one whose timespan is longer than a day. */
export const ALL_RULES = ['refused', 'many', 'first', 'single', 'slow', 'both', 'ordered', 'total'] as const;
/** Its alerts may be undone by late hits, and come back by later ones. */
export const REVOCABLE = 'average';
/** What is only known once its time is closed. */
export const CLOSED_RULES = ['few', 'chain', 'anomaly', 'silence'] as const;
/** New readers of secrets that are known. */
export const READERS = 'reader';
export type RuleName = (typeof ALL_RULES)[number] | typeof REVOCABLE | (typeof CLOSED_RULES)[number] | typeof READERS;

export async function stagesOf(names: readonly RuleName[] = ALL_RULES): Promise<Stages> {
  const { stages } = await loadStages({ rules: names.map((name) => join(FOLDER, `${name}.yml`)) });
  return stages;
}

/** One access, in short. */
export interface Access {
  readonly number: number;
  readonly atMs: number;
  readonly who: string;
  /** Path below `secret/`. */
  readonly what: string;
  readonly isRefused?: boolean;
  /** Seen by another device as well: so much later by its clock. */
  readonly skewMs?: number;
  /** That device never saw the response. */
  readonly isUnanswered?: boolean;
  /** CloudTrail: which account's copy of the call this is. */
  readonly copy?: number;
}

/** The access as its source would hand it on. */
export function recordOf(access: Access, source: string): RawRecord {
  const at = new Date(access.atMs + (access.skewMs ?? 0)).toISOString();
  const record = access.copy === undefined ? vaultEntry(access, at) : trailRecord(access, access.copy, at);
  return {
    type: access.copy === undefined ? 'vault' : 'cloudtrail',
    origin: { source, file: `${source}.log`, offset: access.number * 1_000 },
    ...(access.copy === undefined ? { cluster: 'eu' } : {}),
    record,
    text: JSON.stringify(record),
    seen: '2026-02-01T00:00:00Z',
    ...(access.isUnanswered === true ? { unanswered: true } : {}),
  };
}

function vaultEntry({ number, who, what, isRefused, isUnanswered }: Access, time: string): JsonObject {
  return {
    time,
    type: isUnanswered === true ? 'request' : 'response',
    auth: { display_name: `userpass-${who}`, metadata: { username: who }, policies: ['default'] },
    request: {
      id: `request-${number}`,
      operation: 'read',
      mount_point: 'secret/',
      mount_type: 'kv',
      path: `secret/data/${what}`,
      remote_address: '192.0.2.7',
    },
    ...(isRefused === true ? { error: 'permission denied' } : {}),
    ...(isUnanswered === true ? {} : { response: { data: { data: { password: 'hmac-sha256:ab' } } } }),
  };
}

function trailRecord({ number, who, what }: Access, copy: number, eventTime: string): JsonObject {
  return {
    eventVersion: '1.08',
    eventID: `${copy}-${number}`,
    sharedEventID: `shared-${number}`,
    eventTime,
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '192.0.2.7',
    recipientAccountId: '111122223333',
    userIdentity: { type: 'IAMUser', accountId: '111122223333', userName: who, principalId: who },
    requestParameters: { secretId: what },
  };
}

/**
 * What a run in event time says of the same accesses: every event once, as it was seen first. `watchedUs`: until then nothing
 * else came.
 */
export function evaluated(stages: Stages, records: readonly RawRecord[], watchedUs = 0): readonly Alert[] {
  const evaluation = new Evaluation(stages.rules);
  const seen = new Set<string>();
  let newestUs = watchedUs;
  for (const record of records) {
    const observation = observationOf(stages, record);
    newestUs = Math.max(newestUs, observation.timeUs);
    if (seen.has(observation.event.event.id)) continue;
    seen.add(observation.event.event.id);
    evaluation.add(observation);
  }
  return evaluation.finish(newestUs);
}

export function observationOf(stages: Stages, record: RawRecord): Observation {
  const observed = observe(record, stages);
  if (!observed.ok) throw new Error(observed.error.message);
  return observed.value.observation;
}

/**
 * What runs are compared by: alerts that are not superseded. Of the events of one access an alert may show any, and the
 * alert that it goes on from may have been superseded meanwhile.
 */
export function comparable(
  alerts: readonly Alert[],
  stages: Stages,
  records: readonly RawRecord[],
): readonly unknown[] {
  const accessOf = new Map(
    records.map((record) => {
      const { event } = observationOf(stages, record);
      return [event.event.id, event.whosaw.access.id];
    }),
  );
  return alerts
    .filter((alert) => alert.superseded_by === undefined)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ continues, events, ...alert }) => ({
      ...alert,
      version: undefined,
      rule: alert.rule.title,
      continues: continues !== undefined,
      events: events.map(({ id, ...event }) => `${event['@timestamp']} ${accessOf.get(id) ?? id}`).toSorted(),
    }));
}
