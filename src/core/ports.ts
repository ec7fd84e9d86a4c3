import type { Alert } from './alert.ts';
import type { Observation, Outcome, ActorKind, AccessKind, SecretFields } from './event.ts';
import type { JsonValue } from './json.ts';
import type { RawRecord, Rejection } from './record.ts';

/**
 * Reads one source. The pipeline calls `read` once, with the checkpoint of the last committed batch, and takes batches
 * one after the other; a batch's checkpoint becomes durable in the same transaction as its events. Ends with the signal.
 * A source that is away (a file that does not exist yet) is waited for, not an error.
 */
export interface Collector {
  /** The source's name in the config; its checkpoint is kept under it. */
  readonly name: string;
  read(checkpoint: JsonValue | undefined, signal: AbortSignal): AsyncIterable<CollectedBatch>;
}

export interface CollectedBatch {
  readonly records: readonly RawRecord[];
  readonly rejections: readonly Rejection[];
  /** Where to go on after this batch: small, plain JSON, free of values. */
  readonly checkpoint: JsonValue;
  /** All that the source had written until then (RFC 3339) was read; absent while there is more to read. */
  readonly seenTo?: string;
}

/** What becomes durable together. */
export interface CommitBatch {
  readonly observations: readonly Observation[];
  readonly rejections: readonly Rejection[];
  /** Opened, grown or superseded; of one id the highest version wins. */
  readonly alerts: readonly Alert[];
  readonly marks: readonly Mark[];
  readonly checkpoints: readonly SourceCheckpoint[];
  /** Alert and sink: who has to be told. Known pairs are left alone. */
  readonly notifications: readonly NotificationKey[];
  /** Milliseconds since 1970: the time at which this batch was appended (`event.ingested`). */
  readonly appendedMs: number;
}

export interface SourceCheckpoint {
  readonly source: string;
  readonly checkpoint: JsonValue;
  readonly seenTo?: string;
  /** Newest `@timestamp` of the source in this batch, microseconds. */
  readonly newestUs?: number;
}

export interface CommitReceipt {
  /** Events that are new in the store. */
  readonly stored: number;
  /** The same event again: left out. */
  readonly duplicates: number;
  /** The same id with another actor, secret or outcome: kept as rejections by the store. */
  readonly conflicts: number;
}

/**
 * Long memory of first_seen: the first `n` hits of a UTC day of one (rule, group), with n = 1 for what is new and the
 * condition's bound for known-by. Replaces the stored mark with the same key.
 */
export interface Mark {
  /** `<correlation key>` for the rule's own hits, `<correlation key>#known` for known-by. */
  readonly rule: string;
  readonly group: string;
  /** Days since 1970. */
  readonly day: number;
  /** Ordered by (timeUs, eventId). */
  readonly hits: readonly { readonly timeUs: number; readonly eventId: string }[];
}

export interface NotificationKey {
  readonly alertId: string;
  readonly sink: string;
}

/** What a start needs to go on where the last commit ended. */
export interface StoredState {
  readonly checkpoints: readonly SourceCheckpoint[];
  readonly marks: readonly Mark[];
  /** Rule keys whose history is marked completely. */
  readonly warmed: readonly string[];
}

export interface EventRange {
  /** Bounds of `@timestamp` in microseconds, inclusive; or of the append time in milliseconds. */
  readonly timeUs?: readonly [number, number];
  readonly appendedMs?: readonly [number, number];
  /** Only events that hit one of these rules when they were stored. */
  readonly rules?: readonly string[];
}

/** The pipeline's side of a store: one writer. */
export interface EventStore {
  /** One transaction, in the order of the calls. After it resolves, everything in it survives kill -9. */
  commit(batch: CommitBatch): Promise<CommitReceipt>;
  /** Called once, before the first commit. */
  load(): Promise<StoredState>;
  /** Stored events in order of (time, id), in pages. */
  events(range: EventRange): AsyncIterable<readonly StoredEvent[]>;
  /** Documents by event id; `timeUs` is the range in which they lie. Unknown ids are left out. */
  eventsById(ids: readonly string[], timeUs: readonly [number, number]): Promise<readonly StoredEvent[]>;
  /** The rules' marks are complete: they may speak from now on. */
  markWarmed(rules: readonly string[]): Promise<void>;
}

export interface StoredEvent {
  readonly observation: Observation;
  readonly appendedMs: number;
}

/** The durable outbox: one entry for each alert and sink. */
export interface NotificationStore {
  /** Entries (of one sink, or of all) that are neither delivered nor refused, oldest first, with their alerts' newest version. */
  pending(limit: number, sink?: string): Promise<readonly Notification[]>;
  settle(key: NotificationKey, result: NotificationResult): Promise<void>;
}

export interface Notification extends NotificationKey {
  readonly alert: Alert;
  readonly attempts: number;
}

export type NotificationResult =
  | { readonly state: 'delivered'; readonly atMs: number }
  /** Will not be tried again: the sink said why. */
  | { readonly state: 'refused'; readonly atMs: number; readonly reason: string }
  | { readonly state: 'pending'; readonly attempts: number; readonly reason: string };

/** The responder's side of a store. */
export interface AccessReader {
  /** Secrets whose id is `text` or ends in `/text` (or in `text` after `/` or `:`), newest facts, at most `limit`. */
  secrets(text: string, limit: number): Promise<readonly SecretFacts[]>;
  /** Ids near to `text`, for a question that found nothing. */
  near(text: string, limit: number): Promise<readonly string[]>;
  accesses(question: AccessQuestion): Promise<readonly AccessGroup[]>;
  sources(): Promise<readonly SourceFacts[]>;
  alerts(question: AlertQuestion): Promise<readonly StoredAlert[]>;
  /** Identities whose id is `text`, ends in it after `/` or `:`, or is of a person of that name; at most `limit`. */
  identities(text: string, limit: number): Promise<readonly IdentityFacts[]>;
  /** Ids of identities near to `text`, for a question that found nothing. */
  nearIdentities(text: string, limit: number): Promise<readonly string[]>;
  /** When an identity first got each secret, and first came from each address. */
  firstTimes(actor: string): Promise<FirstTimes>;
  /** Whole events with the vendor's redacted record, in order of (time, id), at most `limit`. */
  findEvents(question: EventQuestion): Promise<readonly StoredEvent[]>;
  /** What there was most of, most first, at most `limit`. Throws USAGE where the query is none. */
  tally(question: TallyQuestion): Promise<readonly TallyRow[]>;
  /** Events that a query asks for. Throws USAGE where it is none. */
  search(question: SearchQuestion): Promise<SearchPage>;
}

export interface IdentityFacts {
  readonly id: string;
  readonly kind: ActorKind;
  readonly events: number;
  /** RFC 3339: its first and last event. */
  readonly first: string;
  readonly last: string;
}

/** Values with their first times, microseconds. */
export interface FirstTimes {
  /** Of reads that gave the secret away. */
  readonly secrets: readonly (readonly [string, number])[];
  readonly addresses: readonly (readonly [string, number])[];
}

/**
 * `secrets` by reads that gave them away, `identities` by the same, `denials`: identities by what they were refused,
 * `addresses` by all that was done from there.
 */
export const TALLIES = ['secrets', 'identities', 'denials', 'addresses'] as const;
export type TallyOf = (typeof TALLIES)[number];

export interface TallyQuestion {
  readonly of: TallyOf;
  /** KQL, in addition; see docs/search.md. */
  readonly query: string;
  /** Milliseconds since 1970: what `now` stands for in the query. */
  readonly nowMs: number;
  /** Inclusive, microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
  /** Into so many equal parts the window is divided. */
  readonly parts: number;
}

/** Accesses, each counted once however many events tell of it. */
export interface TallyRow {
  readonly value: string;
  readonly count: number;
  /** By environment, most first; '' where none is declared. */
  readonly environments: readonly (readonly [string, number])[];
  /** By part of the window. */
  readonly parts: readonly number[];
}

export interface SearchQuestion {
  /** KQL; see docs/search.md. */
  readonly query: string;
  /** Milliseconds since 1970: what `now` stands for in the query. */
  readonly nowMs: number;
  /** Inclusive, microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Only events appended later than this, milliseconds; the answer then says up to which append it knows. */
  readonly appendedAfterMs?: number;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: SearchCursor;
}

export interface SearchCursor {
  readonly timeUs: number;
  readonly id: string;
}

export interface SearchPage {
  /** Documents of encodeEvent: the event, with the vendor's redacted record under `whosaw.record`. */
  readonly documents: readonly string[];
  /** Absent where there is nothing more. */
  readonly next?: SearchCursor;
  /** With `appendedAfterMs`: what was appended later was not looked at. */
  readonly appendedMs?: number;
}

export interface SecretFacts {
  readonly secret: SecretFields;
  readonly environment?: string;
}

export interface AccessQuestion {
  readonly secret: string;
  /** Inclusive, microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** Accesses of one secret by one actor with one kind, outcome and reason. */
export interface AccessGroup {
  readonly actor: string;
  readonly actorKind: ActorKind;
  readonly team?: string;
  readonly kind: AccessKind;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly count: number;
  /** RFC 3339, UTC, as the source wrote them. */
  readonly first: string;
  readonly last: string;
  /** Most frequent first, at most 3; `addressCount` counts all. */
  readonly addresses: readonly string[];
  readonly addressCount: number;
  /** Facts that were false at least once: `network`, `role`, `schedule`. */
  readonly unexpected: readonly string[];
}

export interface SourceFacts {
  readonly source: string;
  readonly seenTo?: string;
  /** RFC 3339: the newest event. */
  readonly newest?: string;
  readonly events: number;
  readonly rejected: number;
}

export interface AlertQuestion {
  readonly sinceUs?: number;
  readonly untilUs?: number;
  /** An id or its first characters. */
  readonly id?: string;
  readonly limit: number;
}

export interface EventQuestion {
  /** Ids, or their first characters: hexadecimal digits in lower case. At most 20. */
  readonly ids: readonly string[];
  /** Bounds of `@timestamp` in microseconds, inclusive; without it all that is stored is searched. */
  readonly timeUs?: readonly [number, number];
  readonly limit: number;
}

export interface StoredAlert {
  readonly alert: Alert;
  readonly notifications: readonly {
    readonly sink: string;
    readonly state: NotificationResult['state'];
    readonly attempts: number;
    readonly reason?: string;
  }[];
}

/** Tells people or programs of an alert. Throws WhosawError SINK_REFUSED (never again) or SINK_UNAVAILABLE (retryable). */
export interface Sink {
  readonly name: string;
  /** true: calls people, who get one digest of what is long past, and no growth of an alert that they know. */
  readonly callsPeople: boolean;
  deliver(alerts: readonly Alert[], signal: AbortSignal): Promise<void>;
}
