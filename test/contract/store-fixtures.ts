import type { Alert } from '../../src/core/alert.ts';
import type { AccessKind, ActorKind, Observation, Outcome, SecretFields } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { CommitBatch, EventRange, EventStore, StoredEvent } from '../../src/core/ports.ts';
import type { SourceType } from '../../src/core/record.ts';
import { id128 } from '../../src/lib/hash.ts';
import { parseTimeUs } from '../../src/lib/time.ts';

export const PASSWORD = 'vault:eu/secret/production/db-password';
export const SAM = 'person:sam@acme.example';

export interface Given {
  /** A short name; the event id is its hash. */
  readonly id: string;
  readonly at?: string;
  readonly type?: SourceType;
  readonly source?: string;
  readonly offset?: number;
  /** null: the event names nobody. */
  readonly actor?: string | null;
  readonly actorKind?: ActorKind;
  readonly team?: string;
  /** null: the event is about no secret. */
  readonly secret?: string | null;
  readonly secretFacts?: Partial<SecretFields>;
  /** null: a companion. */
  readonly kind?: AccessKind | null;
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly address?: string;
  readonly ip?: string;
  readonly environment?: string;
  readonly expected?: Readonly<Record<string, boolean>>;
  /** Short name of the access that this event is a copy of. */
  readonly access?: string;
  readonly unanswered?: boolean;
  readonly batch?: readonly string[];
  readonly rules?: readonly string[];
  readonly record?: JsonObject;
  /** The record's text, where it is not just the record printed. */
  readonly text?: string;
}

/** A read of a production password, but for what is given. */
export function observation(given: Given): Observation {
  const at = given.at ?? '2025-03-15T02:36:40.112Z';
  const record = given.record ?? { request: { id: given.id } };
  return {
    type: given.type ?? 'vault',
    event: {
      '@timestamp': at,
      ecs: { version: '9.0.0' },
      event: {
        id: eventId(given.id),
        kind: 'event',
        category: ['iam'],
        type: ['access'],
        action: 'read',
        outcome: given.outcome ?? 'success',
        ...(given.reason === undefined ? {} : { reason: given.reason }),
        provider: 'vault',
        module: 'hashicorp_vault',
        dataset: 'hashicorp_vault.audit',
        created: at,
        original_hash: '00'.repeat(32),
      },
      ...(given.address === undefined
        ? {}
        : { source: { address: given.address, ...(given.ip === undefined ? {} : { ip: given.ip }) } }),
      whosaw: {
        access: {
          id: eventId(given.access ?? given.id),
          ...(given.kind === null ? {} : { kind: given.kind ?? 'read' }),
        },
        ...actorOf(given),
        ...secretOf(given),
        ...(given.environment === undefined ? {} : { environment: given.environment }),
        ...(given.expected === undefined ? {} : { expected: given.expected }),
        ...(given.unanswered === undefined ? {} : { unanswered: given.unanswered }),
        ...(given.batch === undefined ? {} : { batch: { secrets: given.batch } }),
        origin: {
          source: given.source ?? 'vault-file',
          ...(given.offset === undefined ? {} : { file: '/var/log/vault/audit.log', offset: given.offset }),
        },
        ...(given.rules === undefined ? {} : { rules: given.rules }),
      },
    },
    record,
    text: given.text ?? JSON.stringify(record),
    timeUs: parseTimeUs(at) ?? 0,
  };
}

export function eventId(name: string): string {
  return id128('event', name);
}

export function batch(given: Partial<CommitBatch> = {}): CommitBatch {
  return {
    observations: [],
    rejections: [],
    alerts: [],
    marks: [],
    checkpoints: [],
    notifications: [],
    appendedMs: Date.parse('2025-03-15T02:36:41Z'),
    ...given,
  };
}

/** An alert named by the first digits of its id. */
export function alert(id: string, given: Partial<Alert> = {}): Alert {
  return {
    id: id.padEnd(32, '0'),
    version: 1,
    rule: { id: 'rule-1', title: 'A rule', level: 'high', status: 'test', tags: [], falsepositives: [] },
    rules_version: 'v1',
    group: { 'whosaw.actor.id': SAM },
    opened: '2025-03-15T02:36:40.112Z',
    first: '2025-03-15T02:36:40.112Z',
    last: '2025-03-15T02:37:21.530Z',
    ends: '2025-03-15T03:37:21.530Z',
    count: 3,
    why: 'three reads',
    events: [],
    ...given,
  };
}

export async function eventsIn(store: EventStore, range: EventRange = {}): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const page of store.events(range)) events.push(...page);
  return events;
}

export async function idsIn(store: EventStore, range: EventRange = {}): Promise<readonly string[]> {
  return (await eventsIn(store, range)).map(({ observation }) => observation.event.event.id);
}

function actorOf({ actor = SAM, actorKind = 'person', team }: Given): Pick<Observation['event']['whosaw'], 'actor'> {
  if (actor === null) return {};
  return { actor: { id: actor, kind: actorKind, ...(team === undefined ? {} : { team }) } };
}

function secretOf({ secret = PASSWORD, secretFacts }: Given): Pick<Observation['event']['whosaw'], 'secret'> {
  if (secret === null) return {};
  return { secret: { id: secret, name: secret.slice(10), store: 'vault', kind: 'secret', ...secretFacts } };
}
