import type { JsonValue } from '../../core/json.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';

/**
 * One of the places that a source reads in a cloud: a region of an account, a queue, a table of a workspace. What is
 * wrong with one does not stop the others: `read` tells of it, and goes on trying until the signal.
 */
export interface Stream {
  /** Its state is kept under it: stable, and no secret. */
  readonly key: string;
  /** `state`: what the last durable batch of this stream had. Ends with the signal, or when there can be nothing more. */
  read(state: JsonValue | undefined, signal: AbortSignal): AsyncIterable<StreamBatch>;
  /** Called when a batch is durable, with its state. */
  committed?(state: JsonValue): void;
}

export interface StreamBatch {
  readonly records: readonly RawRecord[];
  readonly rejections: readonly Rejection[];
  /** Where to go on after this batch. */
  readonly state: JsonValue;
  /**
   * Milliseconds since 1970: all that happened until then was read. Absent while there is more to read; the largest safe
   * integer where the stream has nothing to do with events.
   */
  readonly seenToMs?: number;
}

/** Something that people should know, once. */
export type Notice = (text: string, facts: Readonly<Record<string, string | number>>) => void;
