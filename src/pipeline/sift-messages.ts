import type { RawRecord, Rejection } from '../core/record.ts';
import type { Notes } from '../sources/aws/notes.ts';

/** A file of CloudTrail records, or a part of one, for one thread. */
export interface SiftTask {
  readonly number: number;
  readonly file: string;
  /** Nobody has to find out whose records these are. */
  readonly isCloudTrail: boolean;
  /** A part of a plain file; a whole one is read from its beginning and may be compressed. */
  readonly part?: SiftPart;
}

export interface SiftPart {
  readonly from: number;
  /** The part is to end between two records, here; absent: the file's end. */
  readonly to?: number;
  /** What the framer's `state` is between any two records of the file; '': nothing. */
  readonly state: string;
}

/** Main thread to worker. */
export type SiftCall = { readonly kind: 'task'; readonly task: SiftTask } | { readonly kind: 'taken' };

/** Worker to main thread, in the order of the file. */
export type SiftMessage =
  | { readonly kind: 'piece'; readonly task: number; readonly piece: SiftPiece }
  | { readonly kind: 'end'; readonly task: number; readonly end: SiftEnd };

/** Everything in it is in the order of the file, each kind for itself. */
export interface SiftPiece {
  readonly notes: Notes;
  /** What the sieve left to the framer. */
  readonly records: readonly RawRecord[];
  readonly rejections: readonly Rejection[];
  /** When the piece was read: RFC 3339, UTC. */
  readonly seen: string;
}

export type SiftEnd =
  | { readonly kind: 'read' }
  /** No audit stream that whosaw knows. */
  | { readonly kind: 'skipped' }
  /** Another source's, or a part that does not end where it should: only reading one after the other helps. */
  | { readonly kind: 'unfit' }
  /** `rest`: what is left of what came before. */
  | { readonly kind: 'unreadable'; readonly message: string; readonly retryable: boolean; readonly rest: SiftPiece };
