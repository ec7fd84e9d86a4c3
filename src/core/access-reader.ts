import type { EventOutline } from './event-outline.ts';
import type { Alert } from './alert.ts';
import type { Deletion, StoredDay } from './days.ts';
import type { AccessKind, ActorKind, Outcome, SecretFields } from './event.ts';
import type { Gap } from './gap.ts';
import type { JsonValue } from './json.ts';
import type { NotificationResult, StoredEvent } from './ports.ts';

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
  /** The same events in outline, which costs a fraction. Throws USAGE where it is none. */
  outlines(question: OutlineQuestion): Promise<OutlinePage>;
  /** What retention deleted of the days that the range touches (microseconds), oldest first. */
  deletions(timeUs: readonly [number, number]): Promise<readonly Deletion[]>;
  /** The days of which there are events, oldest first. */
  days(): Promise<readonly StoredDay[]>;
  /** Gaps that overlap the window, as they are known now, in order of (from, id), at most `limit`. */
  gaps(question: GapQuestion): Promise<readonly Gap[]>;
  /** What is kept under a source's name, or under one of the pipeline's own, which begin with #. */
  checkpoint(source: string): Promise<JsonValue | undefined>;
}

export interface GapQuestion {
  /** Inclusive, microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
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

/** What was appended when is not asked here. */
export type OutlineQuestion = Omit<SearchQuestion, 'appendedAfterMs'>;

export interface OutlinePage {
  readonly outlines: readonly EventOutline[];
  /** Absent where there is nothing more. */
  readonly next?: SearchCursor;
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
  /** Whole ids: others are not meant. */
  readonly ids?: readonly string[];
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
