import type { JsonObject } from './json.ts';

/** The vendors' audit streams that there is a folder for under sources/. */
export const SOURCE_TYPES = ['vault', 'cloudtrail', 'keyvault'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** Where a record was found, exact enough to look at it again. */
export interface Origin {
  /** The source's name in the config; in `scan` the source type. */
  readonly source: string;
  readonly file?: string;
  /** The address that sent it to a listener. */
  readonly peer?: string;
  /** Byte offset of the record's first byte in the (uncompressed) file, or in all that a listener took in. */
  readonly offset?: number;
}

/** One record of an audit stream, cut out and redacted: safe to queue, store and log. */
export interface RawRecord {
  readonly type: SourceType;
  readonly origin: Origin;
  /** Vault only: the cluster that the source was configured for; the log names none. */
  readonly cluster?: string;
  /** The redacted record. */
  readonly record: JsonObject;
  /** The redacted record as JSON text: as it came where nothing was redacted and nothing can hide in it, else printed anew. */
  readonly text: string;
  /** When whosaw saw it: RFC 3339, UTC. */
  readonly seen: string;
  /** Vault only: a request whose response did not come. */
  readonly unanswered?: true;
}

export type RejectionReason =
  /** Not JSON, or JSON that is no object. */
  | 'not-json'
  /** Cut off at the end of a file or before another entry. */
  | 'truncated'
  | 'too-long'
  /** JSON, but not a record of this source. */
  | 'not-a-record'
  | 'no-time'
  /** A file that the source says it wrote, and that is not there. */
  | 'missing'
  /** A file that is not as the source says it wrote it. */
  | 'altered'
  /** The same id as a stored event, with another actor, secret or outcome. */
  | 'conflict'
  /** The store's mapping does not take it: somebody changed the mapping. */
  | 'unstorable';

/** What could not become an event: its place and reason, and never a value of it. */
export interface Rejection {
  readonly origin: Origin;
  readonly reason: RejectionReason;
  /** A sentence for people: what was expected here. */
  readonly message: string;
  /** Bytes. */
  readonly length: number;
  /** Names of the record's top-level keys, where it could be parsed. */
  readonly keys: readonly string[];
}
