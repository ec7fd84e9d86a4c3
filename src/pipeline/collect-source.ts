import type { Alert } from '../core/alert.ts';
import type { Claim, ConsumeOptions, OutMessage, PartitionReader } from '../core/bus.ts';
import type { JsonValue } from '../core/json.ts';
import type { CollectedBatch, Collector } from '../core/ports.ts';
import type { RawRecord, Rejection } from '../core/record.ts';
import { keysOf } from '../lib/record-keys.ts';
import { alertMessage } from './alert-message.ts';
import { alertOfGap } from './gap-alert.ts';
import { gapMessage } from './gap-message.ts';
import { memoryKey, readMemory } from './memory-message.ts';
import type { Meter } from './meter.ts';
import { encodeRecord, SEPARATOR } from './raw-message.ts';
import type { Topics } from './topics.ts';

export interface CollectOptions {
  readonly topics: Topics;
  readonly collector: Collector;
  /** Who is told of a gap. */
  readonly route: Told;
  readonly clock: () => number;
  readonly meter?: Pick<Meter, 'collected'> | undefined;
}

/** Records of a message, together; and one record alone: what is longer is kept as rejected. */
const MESSAGE_BYTES = 256 * 1024;
export const RECORD_LIMIT_BYTES = 2 * 1024 * 1024;

/**
 * Reads a source into the raw topic. All workers that could read it are a group of its own: the one that holds the
 * partition of the memory topic in which the source's checkpoint lies reads it, the others stand by. A batch is acknowledged
 * before its checkpoint is written.
 */
export function collectSource({ topics, collector, route, clock, meter }: CollectOptions): ConsumeOptions {
  const key = memoryKey('source', collector.name);
  const memory = topics.name('memory');
  return {
    group: topics.group(`collect-${collector.name}`),
    topics: [],
    replayed: [memory],
    open: async (claim) => {
      if (claim.partition !== topics.partitionOf(key)) return STAND_BY;
      let checkpoint: JsonValue | undefined;
      for await (const messages of claim.replay(memory, 0)) {
        for (const message of messages) {
          if (message.key === key) checkpoint = readMemory(message, 'source')?.checkpoint;
        }
      }
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, claim.signal]);
      const reading = read(checkpoint, claim, signal).catch((error: unknown) => claim.fail(error));
      return {
        take: async () => undefined,
        close: async () => {
          stop.abort();
          await reading;
        },
      };
    },
  };

  async function read(checkpoint: JsonValue | undefined, claim: Claim, signal: AbortSignal): Promise<void> {
    const turns = new Turns(topics, clock());
    for await (const batch of collector.read(checkpoint, signal)) {
      await claim.publish(collectedMessages(batch, { topics, turns, route }));
      await claim.publish([checkpointMessage(topics, claim.partition, key, { source: collector.name, batch })]);
      collector.committed?.(batch.checkpoint);
      meter?.collected(collector.name, { records: batch.records.length, rejections: batch.rejections.length });
    }
  }
}

/** Which partition is next, where any will do. */
export class Turns {
  readonly #partitions: number;
  #last: number;

  constructor({ partitions }: Topics, seed: number) {
    this.#partitions = partitions;
    this.#last = Math.floor(seed) % partitions;
  }

  next(): number {
    return (this.#last = (this.#last + 1) % this.#partitions);
  }
}

/** Who has to be told of an alert: names of sinks. */
export type Told = (alert: Alert) => readonly string[];

/** What a collected batch becomes on the bus, but for its checkpoint. */
export function collectedMessages(
  batch: CollectedBatch,
  { topics, turns, route }: { readonly topics: Topics; readonly turns: Turns; readonly route: Told },
): readonly OutMessage[] {
  const { records, rejections } = withoutTooLong(batch);
  const gaps = batch.gaps ?? [];
  return [
    ...packed(records).map((value): OutMessage => ({ topic: topics.name('raw'), partition: turns.next(), value })),
    ...rejections.map((rejection) => rejectedMessage(topics, turns.next(), rejection)),
    ...gaps.map((gap) => gapMessage(topics, gap)),
    ...gaps.flatMap(alertOfGap).map((alert) => {
      return alertMessage(topics, topics.partitionOf(alert.id), { alert, notify: route(alert) });
    }),
  ];
}

export function checkpointMessage(
  topics: Topics,
  partition: number,
  key: string,
  { source, batch }: { readonly source: string; readonly batch: CollectedBatch },
): OutMessage {
  const { checkpoint, seenTo } = batch;
  const value = { source, checkpoint, ...(seenTo === undefined ? {} : { seenTo }) };
  return { topic: topics.name('memory'), partition, key, value: Buffer.from(JSON.stringify(value)) };
}

const STAND_BY: PartitionReader = { take: async () => undefined, close: async () => undefined };

export function rejectedMessage(topics: Topics, partition: number, rejection: Rejection): OutMessage {
  return { topic: topics.name('rejected'), partition, value: Buffer.from(JSON.stringify(rejection)) };
}

/** A record that no message can hold keeps its place, length and keys. */
function withoutTooLong({ records, rejections }: CollectedBatch): Pick<CollectedBatch, 'records' | 'rejections'> {
  if (records.every(({ text }) => text.length <= RECORD_LIMIT_BYTES / 4)) return { records, rejections };
  const isTooLong = ({ text }: RawRecord): boolean => Buffer.byteLength(text) > RECORD_LIMIT_BYTES;
  return {
    records: records.filter((record) => !isTooLong(record)),
    rejections: [...rejections, ...records.filter(isTooLong).map(tooLong)],
  };
}

export function tooLong({ origin, text, record }: Pick<RawRecord, 'origin' | 'text' | 'record'>): Rejection {
  return {
    origin,
    reason: 'too-long',
    message: `A record of at most ${RECORD_LIMIT_BYTES} bytes was expected: the bus takes no longer one.`,
    length: Buffer.byteLength(text),
    keys: keysOf(record),
  };
}

/** Records as messages of about one size. */
function packed(records: readonly RawRecord[]): readonly Buffer[] {
  const values: Buffer[] = [];
  let parts: string[] = [];
  let length = 0;
  for (const record of records) {
    const part = encodeRecord(record);
    if (length > 0 && length + part.length > MESSAGE_BYTES) {
      values.push(Buffer.from(parts.join(SEPARATOR)));
      parts = [];
      length = 0;
    }
    parts.push(part);
    length += part.length;
  }
  if (parts.length > 0) values.push(Buffer.from(parts.join(SEPARATOR)));
  return values;
}
