import type { ErrorCode } from '../../core/errors.ts';
import type { CommitReceipt, EventRange, EventStore, NotificationStore } from '../../core/ports.ts';
import type { AccessReader, EventQuestion, OutlineQuestion } from '../../core/access-reader.ts';
import type { Deletion } from '../../core/days.ts';
import type { Exported, ExportPaths, Piece } from './day-writer.ts';
import type { Cursor, PackedPage } from './event-reader.ts';
import type { PackedOutlines } from './outlines.ts';
import type { PackedBatch } from './packed-batch.ts';
import type { Segment } from './segments.ts';

/** What the worker thread does, by name. `close` is the last call. */
export interface Methods extends Omit<AccessReader, 'findEvents' | 'outlines'> {
  commit(batch: PackedBatch): Promise<CommitReceipt>;
  load: EventStore['load'];
  markWarmed: EventStore['markWarmed'];
  page(range: EventRange, after: Cursor | undefined): Promise<PackedPage>;
  eventsById(ids: readonly string[], timeUs: readonly [number, number]): Promise<readonly PackedPage[]>;
  findEvents(question: EventQuestion): Promise<readonly PackedPage[]>;
  outlines(question: OutlineQuestion): Promise<PackedOutlines>;
  pending: NotificationStore['pending'];
  settle: NotificationStore['settle'];
  segments(): Promise<readonly Segment[]>;
  piecesOf(day: number): Promise<readonly Piece[]>;
  exportPiece(piece: Piece, paths: ExportPaths): Promise<Exported | undefined>;
  recordSegment(segment: Segment, exported: Exported, eventsPath: string): Promise<void>;
  /** Resolves when nobody reads the files of the segments any more. */
  deleteDay(
    deletion: Omit<Deletion, 'events'>,
  ): Promise<{ readonly deletion: Deletion; readonly segments: readonly Segment[] }>;
  indexDay(day: number): Promise<boolean>;
  close(): Promise<void>;
}

export type Method = keyof Methods;

/** How the worker is told what to open. */
export interface WorkerOptions {
  readonly file: string;
  readonly readOnly: boolean;
}

export interface Call {
  readonly number: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** Number 0 is the answer to opening. */
export type Answer =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly error: SentError };

/** A WhosawError between threads. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Text of the cause. */
  readonly cause?: string;
}
