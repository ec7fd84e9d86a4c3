import type { Consumer } from 'kafkajs';
import { newKafka, type KafkaConnection } from '../../lib/kafka-connection.effect.ts';

export interface TopicMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly value: Buffer;
}

export interface TopicsOptions {
  readonly connection: KafkaConnection;
  readonly topics: readonly string[];
  readonly group: string;
}

export interface TopicsClient {
  /** Gives batches, each of one partition, until the signal; throws what broke. Nothing is given ahead of `take`. */
  run(take: (messages: readonly TopicMessage[]) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Messages in front of these offsets are durable. */
  commit(
    offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: string }[],
  ): Promise<void>;
  /** Of each partition its beginning, its end (the offset of its next message), and what the group committed. */
  ends(): Promise<readonly PartitionEnd[]>;
  close(): Promise<void>;
}

export interface PartitionEnd {
  readonly topic: string;
  readonly partition: number;
  readonly low: string;
  readonly high: string;
  /** Absent: nothing yet. */
  readonly committed?: string | undefined;
}

const HEARTBEAT_MS = 3_000;
/** Whoever reads tries again by itself, and says so. */
const RETRIES = 5;
/** Little at a time, so that what belongs together and lies in several partitions is read at about the same time. */
const PARTITION_BYTES = 128 * 1_024;

/** Topics that others fill. What is given again after a kill is known by its id. */
export function openTopics({ connection, topics, group }: TopicsOptions): TopicsClient {
  const kafka = newKafka({ ...connection, retries: RETRIES });
  const retry = { initialRetryTime: 200, maxRetryTime: 2_000, retries: RETRIES };
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 30_000,
    maxBytesPerPartition: PARTITION_BYTES,
    allowAutoTopicCreation: false,
    retry,
  });
  const admin = kafka.admin({ retry });
  return {
    async run(take, signal) {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      const crashed = crashOf(consumer, signal);
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        async eachBatch(payload) {
          const { batch } = payload;
          const beating = setInterval(() => void payload.heartbeat().catch(() => undefined), HEARTBEAT_MS);
          try {
            const { topic, partition } = batch;
            const messages = batch.messages.flatMap(({ offset, value }) =>
              value === null ? [] : [{ topic, partition, offset, value }],
            );
            if (messages.length > 0) await take(messages);
            const last = batch.lastOffset();
            if (!signal.aborted) payload.resolveOffset(last);
          } finally {
            clearInterval(beating);
          }
        },
      });
      await crashed;
    },
    async commit(offsets) {
      await consumer.commitOffsets([...offsets]);
    },
    async ends() {
      await admin.connect();
      const groups = await admin.fetchOffsets({ groupId: group, topics: [...topics] }).catch((error: unknown) => {
        if (isWithoutGroups(error)) return [];
        throw error;
      });
      const committed = new Map(
        groups.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }) => [`${topic}/${partition}`, offset] as const),
        ),
      );
      const all = await Promise.all(
        topics.map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
            const known = committed.get(`${topic}/${partition}`);
            return { topic, partition, low, high, committed: known === '-1' ? undefined : known };
          }),
        ),
      );
      return all.flat();
    },
    async close() {
      await Promise.all([consumer.disconnect(), admin.disconnect()].map((closing) => closing.catch(() => undefined)));
    },
  };
}

/** In a word: `LEADER_NOT_AVAILABLE`, `KafkaJSConnectionError`. */
export function kafkaProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}

/** A broker that has just been started knows of no group for a while: nothing is committed there. */
function isWithoutGroups(error: unknown): boolean {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  return type === 'GROUP_COORDINATOR_NOT_AVAILABLE' || type === 'NOT_COORDINATOR_FOR_GROUP';
}

function crashOf(consumer: Consumer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  });
}
