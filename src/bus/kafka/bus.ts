import type { Bounds, Bus, ConsumeOptions, OutMessage } from '../../core/bus.ts';
import type { KafkaConnection } from '../../lib/kafka-connection.effect.ts';
import { Client, type Admin } from './client.ts';
import { busError } from './errors.ts';
import { GroupMember } from './group-member.ts';
import type { BusObserver, OffsetBus } from './offset-bus.ts';
import { Publisher } from './publisher.ts';

export interface KafkaBusOptions extends KafkaConnection {
  /** A member that says nothing for so long has lost its partitions. */
  readonly sessionMs: number;
  /** Said where something waits, and when it goes on. */
  readonly notice: (text: string, facts: Readonly<Record<string, string | number>>) => void;
  readonly observer?: BusObserver;
}

/** The bus on Kafka, by kafkajs. Throws BUS_UNAVAILABLE or BUS_REFUSED when it cannot be reached at the start. */
export async function openKafkaBus(options: KafkaBusOptions): Promise<KafkaBus> {
  const client = new Client(options);
  const probe = new Client({ ...options, retries: START_RETRIES }).admin(START_RETRIES);
  try {
    await probe.connect();
    await probe.describeCluster();
  } catch (error) {
    throw busError('connect', options.brokers, error);
  } finally {
    await probe.disconnect().catch(() => undefined);
  }
  return new KafkaBus(client, options);
}

const START_RETRIES = 4;

export class KafkaBus implements Bus, OffsetBus {
  readonly #client: Client;
  readonly #options: KafkaBusOptions;
  readonly #publisher: Publisher;
  #admin: Promise<Admin> | undefined;

  constructor(client: Client, options: KafkaBusOptions) {
    this.#client = client;
    this.#options = options;
    this.#publisher = new Publisher(client, options.brokers);
  }

  async publish(messages: readonly OutMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#publisher.publish(messages);
    for (const [topic, list] of Map.groupBy(messages, (message) => message.topic))
      this.#options.observer?.published(topic, list.length);
  }

  consume(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
    const { brokers, sessionMs, notice, observer } = this.#options;
    const member = new GroupMember({ client: this.#client, bus: this, brokers, sessionMs, notice, observer, options });
    return member.run(signal);
  }

  async bounds(topic: string): Promise<readonly Bounds[]> {
    const found = await this.#ask(`ask for the offsets of ${topic}`, (admin) => admin.fetchTopicOffsets(topic));
    return byPartition(found, ({ low, high }) => ({ first: Number(low), end: Number(high) }));
  }

  async committed(group: string, topic: string): Promise<readonly number[]> {
    const bounds = await this.bounds(topic);
    const found = await this.#ask(`ask for the offsets of the group ${group}`, (admin) =>
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const offsets = byPartition(
      found.flatMap(({ partitions }) => partitions),
      ({ offset }) => Number(offset),
    );
    return bounds.map(({ first }, partition) => Math.max(offsets[partition] ?? -1, first));
  }

  async offsetSince(topic: string, partition: number, sinceMs: number): Promise<number> {
    const found = await this.#ask(`ask for offsets by time of ${topic}`, (admin) =>
      admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.floor(sinceMs))),
    );
    return Number(found.find((entry) => entry.partition === partition)?.offset ?? 0);
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await Promise.all([this.#publisher.close(), admin?.then((open) => open.disconnect()).catch(() => undefined)]);
  }

  async #ask<T>(what: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.#admin ??= this.#connect();
      return await ask(await this.#admin);
    } catch (error) {
      const admin = this.#admin;
      this.#admin = undefined;
      void admin?.then((open) => open.disconnect()).catch(() => undefined);
      throw busError(what, this.#options.brokers, error);
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#client.admin(ASK_RETRIES);
    await admin.connect();
    return admin;
  }
}

const ASK_RETRIES = 8;

function byPartition<T extends { readonly partition: number }, R>(
  found: readonly T[],
  read: (entry: T) => R,
): readonly R[] {
  return found.toSorted((a, b) => a.partition - b.partition).map(read);
}
