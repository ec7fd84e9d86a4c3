import type { OutMessage } from '../../core/bus.ts';
import { Bell } from '../../lib/bell.ts';
import { busError } from './errors.ts';
import { ZSTD_COMPRESSION, type Client, type Producer } from './client.ts';

/**
 * What one request holds of a partition: a request is one record batch a partition, which the broker takes or refuses as a
 * whole. Uncompressed, so that the batch is smaller.
 */
export const BATCH_LIMIT_BYTES = 1024 * 1024;

/** Nothing waits longer for a producer's farewell. */
const CLOSE_MS = 5_000;
const NEVER = new AbortController().signal;

/** Sends messages so that none is acknowledged before all in-sync replicas have it. */
export class Publisher {
  readonly #client: Client;
  readonly #brokers: readonly string[];
  #producer: Promise<Producer> | undefined;
  /** Rejects when the producer is given up: kafkajs leaves what is in flight then without an answer. */
  #givenUp = quietly();

  constructor(client: Client, brokers: readonly string[]) {
    this.#client = client;
    this.#brokers = brokers;
  }

  async publish(messages: readonly OutMessage[]): Promise<void> {
    for (const request of requestsOf(messages)) {
      const opening = this.#open();
      const givenUp = this.#givenUp.promise;
      const producer = await opening;
      try {
        const sent = producer.sendBatch({ topicMessages: topicsOf(request), compression: ZSTD_COMPRESSION, acks: -1 });
        // Where another one gives it up first, nobody waits for this answer any more.
        sent.catch(() => undefined);
        await Promise.race([sent, givenUp]);
      } catch (error) {
        // Its sequence numbers may be out of step with the broker's now; ids keep what is sent again from counting twice.
        if (this.#producer === opening) await this.close();
        throw busError('publish', this.#brokers, error);
      }
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    this.#givenUp.reject(new Error('the producer was given up'));
    const closed = producer?.then((open) => open.disconnect()).catch(() => undefined);
    await Promise.race([closed, new Bell().sleep(CLOSE_MS, NEVER)]);
  }

  #open(): Promise<Producer> {
    if (this.#producer === undefined) {
      this.#givenUp = quietly();
      this.#producer = this.#connect();
    }
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#client.producer();
    try {
      await producer.connect();
    } catch (error) {
      this.#producer = undefined;
      throw busError('connect a producer', this.#brokers, error);
    }
    return producer;
  }
}

/** Whoever races against it is told; where nobody does, nobody has to be. */
function quietly(): PromiseWithResolvers<never> {
  const givenUp = Promise.withResolvers<never>();
  givenUp.promise.catch(() => undefined);
  return givenUp;
}

/** Requests in order, none with more than the limit of a partition, but for single messages that are larger. */
export function requestsOf(
  messages: readonly OutMessage[],
  limitBytes = BATCH_LIMIT_BYTES,
): readonly (readonly OutMessage[])[] {
  const requests: OutMessage[][] = [];
  let current: OutMessage[] = [];
  let byPartition = new Map<string, number>();
  for (const message of messages) {
    const key = `${message.topic} ${message.partition}`;
    const size = sizeOf(message);
    const held = byPartition.get(key) ?? 0;
    if (held > 0 && held + size > limitBytes) {
      requests.push(current);
      current = [];
      byPartition = new Map();
    }
    current.push(message);
    byPartition.set(key, (byPartition.get(key) ?? 0) + size);
  }
  if (current.length > 0) requests.push(current);
  return requests;
}

/** A record's own fields take a little. */
export function sizeOf({ key, value, headers }: OutMessage): number {
  let bytes = RECORD_BYTES + (value?.length ?? 0) + (key === undefined ? 0 : Buffer.byteLength(key));
  for (const [name, text] of Object.entries(headers ?? {})) bytes += name.length + Buffer.byteLength(text) + 8;
  return bytes;
}

const RECORD_BYTES = 32;

function topicsOf(messages: readonly OutMessage[]): { topic: string; messages: KafkaMessage[] }[] {
  const topics = new Map<string, KafkaMessage[]>();
  for (const { topic, partition, key, value, headers } of messages) {
    let list = topics.get(topic);
    if (list === undefined) topics.set(topic, (list = []));
    list.push({ partition, key: key ?? null, value, ...(headers === undefined ? {} : { headers: { ...headers } }) });
  }
  return Array.from(topics, ([topic, list]) => ({ topic, messages: list }));
}

interface KafkaMessage {
  partition: number;
  key: string | null;
  value: Buffer | null;
  headers?: Record<string, string>;
}
