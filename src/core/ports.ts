import type { Alert } from './alert.ts';
import type { Observation } from './event.ts';
import type { Gap } from './gap.ts';
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
  /** Called when a batch is durable, with its checkpoint: what is in front of it will never be asked for again. */
  committed?(checkpoint: JsonValue): void;
}

export interface CollectedBatch {
  readonly records: readonly RawRecord[];
  readonly rejections: readonly Rejection[];
  /** Where to go on after this batch: small, plain JSON, free of values. */
  readonly checkpoint: JsonValue;
  /** All that the source had written until then (RFC 3339) was read; absent while there is more to read. */
  readonly seenTo?: string;
  /** What did not come, as far as the source knows. */
  readonly gaps?: readonly Gap[];
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
  /** What is known now of gaps; appended, never replaced. */
  readonly gaps?: readonly Gap[];
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
  /** What the store's own mapping does not take: kept as rejections. Absent: none. */
  readonly refused?: number;
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
  /**
   * In the order of the calls. After it resolves, everything in it survives kill -9. A kill before leaves nothing of the
   * batch (DuckDB: one transaction), or what does no harm when the batch comes again (Elasticsearch: every write is by
   * id, alerts first, checkpoints last). A store that waits for its server goes on doing so until the signal comes, and
   * then throws its reason.
   */
  commit(batch: CommitBatch, signal?: AbortSignal): Promise<CommitReceipt>;
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

/** Tells people or programs of an alert. Throws WhosawError SINK_REFUSED (never again) or SINK_UNAVAILABLE (retryable). */
export interface Sink {
  readonly name: string;
  /** true: calls people, who get one digest of what is long past, and no growth of an alert that they know. */
  readonly callsPeople: boolean;
  deliver(alerts: readonly Alert[], signal: AbortSignal): Promise<void>;
}
