import type { JsonValue } from './json.ts';
import type { Observation } from './event.ts';
import type { RawRecord, Rejection, SourceType } from './record.ts';
import type { Result } from './result.ts';
import type { Sieve } from './sieve.ts';

/** What a vendor's folder under sources/ exports: everything pure that is known of its stream. */
export interface SourceFormat {
  readonly type: SourceType;
  /**
   * Log rotation may cut the stream anywhere between two records: what a framer still waits for at a file's end may
   * come in the next file. Its `state()` is then handed to the next file's framer, at offset 0, instead of being ended.
   */
  readonly carriesOver?: boolean;
  /** A new framer for one file or connection; `state` is what an earlier one's `state()` gave at the same offset. */
  frame(context: FrameContext, state?: JsonValue): Framer;
  /**
   * Like `frame`, but a record is out as soon as it was read: for one of many connections, whose records are queued and
   * then framed again, each with a newline behind its text. Where there is none, `frame` does so.
   */
  cut?(context: FrameContext): Framer;
  /** Pure: the same record is the same event. A rejection says what is missing. */
  normalize(raw: RawRecord): Result<Observation, Rejection>;
}

export interface FrameContext {
  /** The source's name. */
  readonly source: string;
  readonly file?: string;
  /** Vault only. */
  readonly cluster?: string;
  /** Byte offset of the first byte that will be pushed. */
  readonly offset: number;
  /** Entries come in any order: none of them says that another one is late. Vault only. */
  readonly isUnordered?: boolean;
  /** Is asked about records first; what it takes does not come out. CloudTrail only. */
  readonly sieve?: Sieve;
  /** So many bytes before each chunk that is pushed, in its memory, the framer may write to. CloudTrail only. */
  readonly roomBefore?: number;
}

/**
 * Cuts a stream of bytes into records, and redacts them before anybody else sees them. Calls: push and idle in any
 * order, then end once (or never, when the stream goes on another time from `offset` with `state`).
 * No input makes it throw; what it can't read it rejects with its place.
 */
export interface Framer {
  /** Takes the next bytes of the stream; `seen` is now, RFC 3339. The buffer is not kept. */
  push(bytes: Buffer, seen: string, out: FrameOutput): void;
  /** Nothing came for a while: lets go of what waits for wall time (`nowMs` since 1970). */
  idle(nowMs: number, out: FrameOutput): void;
  /** The stream is over: an unfinished record is rejected, and what waited for more is let go. */
  end(seen: string, out: FrameOutput): void;
  /** Byte offset up to which records are out: reading goes on here after a restart. */
  readonly offset: number;
  /** What a new framer needs to go on at `offset`: small, redacted. */
  state(): JsonValue | undefined;
}

export interface FrameOutput {
  readonly records: RawRecord[];
  readonly rejections: Rejection[];
}
