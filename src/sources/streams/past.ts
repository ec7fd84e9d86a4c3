import { isObject, type JsonValue } from '../../core/json.ts';
import type { CollectedBatch, Collector } from '../../core/ports.ts';
import { mergeStreams } from './merge-streams.ts';
import type { Stream } from './stream.ts';

/** A span of the past, milliseconds since 1970: read once, to its end. */
export interface Past {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How much there is to read, as far as a few questions tell. */
export interface Estimate {
  /** For people: which stream. */
  readonly stream: string;
  readonly events?: number;
  readonly bytes?: number;
  /** Seconds; absent where only the line and this machine set the pace. */
  readonly seconds?: number;
}

export interface PastOptions {
  /** The source's name in the config. */
  readonly name: string;
  readonly past: Past;
  readonly streams: readonly Stream[];
  /** Called with each batch. */
  readonly onRead: (records: number) => void;
  /** Called when an earlier run is gone on with. */
  readonly onResume: () => void;
}

/** A source's backfill has a checkpoint of its own; no source can be called so. */
export function pastName(name: string): string {
  return `${name}#backfill`;
}

/** Streams of a span as a source that ends. Goes on where an earlier run for the same time, or a longer one, was stopped. */
export function collectPast({ name, past, streams, onRead, onResume }: PastOptions): Collector {
  const merged = mergeStreams(pastName(name), streams);
  return { ...merged, read };

  async function* read(
    checkpoint: JsonValue | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<CollectedBatch, void, undefined> {
    const isResumed =
      isObject(checkpoint) && checkpoint['done'] !== true && Number(checkpoint['fromMs']) <= past.fromMs + DAY_MS;
    if (isResumed) onResume();
    const fromMs = isResumed ? Number(checkpoint['fromMs']) : past.fromMs;
    let last: JsonValue = isResumed ? checkpoint : {};
    for await (const batch of merged.read(isResumed ? checkpoint : undefined, signal)) {
      onRead(batch.records.length);
      last = { ...(isObject(batch.checkpoint) ? batch.checkpoint : {}), fromMs };
      yield { ...batch, checkpoint: last };
    }
    if (!signal.aborted)
      yield { records: [], rejections: [], checkpoint: { ...(isObject(last) ? last : {}), done: true } };
  }
}

const DAY_MS = 86_400_000;
