import { isObject, type JsonValue } from '../../core/json.ts';
import type { CollectedBatch, Collector } from '../../core/ports.ts';
import { Channel } from '../../lib/channel.ts';
import type { Stream, StreamBatch } from './stream.ts';

/**
 * Many streams as one source: batches as they come, each with the places of all streams. The source was seen up to
 * where its slowest stream was; a stream that is away keeps it there.
 */
export function mergeStreams(name: string, streams: readonly Stream[]): Collector {
  return {
    name,
    read: (checkpoint, signal) => read(streams, checkpoint, signal),
    committed: (checkpoint) => {
      const states = statesIn(checkpoint);
      for (const stream of streams) {
        const state = states.get(stream.key);
        if (state !== undefined) stream.committed?.(state);
      }
    },
  };
}

interface Item {
  readonly key: string;
  readonly batch: StreamBatch;
}

/** Batches of all streams that are read ahead. */
const READ_AHEAD = 1;

async function* read(
  streams: readonly Stream[],
  checkpoint: JsonValue | undefined,
  signal: AbortSignal,
): AsyncGenerator<CollectedBatch, void, undefined> {
  // The states of streams that are not configured now are kept: they may come back.
  const states = statesIn(checkpoint);
  const seen = new Map<string, number | undefined>(streams.map(({ key }) => [key, undefined]));
  const channel = new Channel<Item>(READ_AHEAD);
  const stop = new AbortController();
  const whole = AbortSignal.any([signal, stop.signal]);
  const pump = async (stream: Stream): Promise<void> => {
    const { key } = stream;
    for await (const batch of stream.read(states.get(key), whole)) await channel.push({ key, batch });
  };
  const pumping = Promise.all(streams.map(pump)).then(
    () => channel.close(),
    (error: unknown) => channel.close({ error }),
  );
  try {
    for await (const { key, batch } of channel) {
      const { records, rejections, state, seenToMs } = batch;
      states.set(key, state);
      seen.set(key, seenToMs ?? seen.get(key));
      const isBehind = seenToMs === undefined;
      const seenTo = isBehind ? undefined : slowest(seen.values());
      const merged = { records, rejections, checkpoint: { version: 1, streams: Object.fromEntries(states) } };
      yield seenTo === undefined ? merged : { ...merged, seenTo };
    }
  } finally {
    stop.abort();
    channel.close();
    await pumping;
  }
}

function slowest(seen: Iterable<number | undefined>): string | undefined {
  let min = Number.POSITIVE_INFINITY;
  for (const ms of seen) {
    if (ms === undefined) return undefined;
    min = Math.min(min, ms);
  }
  return min === Number.MAX_SAFE_INTEGER ? undefined : new Date(min).toISOString();
}

function statesIn(checkpoint: JsonValue | undefined): Map<string, JsonValue> {
  const found = isObject(checkpoint) && isObject(checkpoint['streams']) ? checkpoint['streams'] : {};
  return new Map(Object.entries(found).flatMap(([key, state]) => (state === undefined ? [] : [[key, state] as const])));
}
