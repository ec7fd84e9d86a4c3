import type { Consumer } from 'kafkajs';

export interface HubMessage {
  readonly hub: string;
  readonly partition: number;
  readonly offset: string;
  readonly value: Buffer;
}

export interface HubsOptions {
  /** `acme.servicebus.windows.net`, or a broker with its port. */
  readonly host: string;
  readonly hubs: readonly string[];
  readonly group: string;
  readonly tls: boolean;
  /** Event Hubs takes a connection string as a password. */
  readonly connectionString: string | undefined;
}

export interface Hubs {
  /** Gives batches, each of one partition, until the signal; throws what broke. Nothing is given ahead of `take`. */
  run(take: (messages: readonly HubMessage[]) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Messages in front of these offsets are durable. */
  commit(
    offsets: readonly { readonly hub: string; readonly partition: number; readonly offset: string }[],
  ): Promise<void>;
  /** Of each partition its beginning, its end (the offset of its next message), and what the group committed. */
  ends(): Promise<readonly HubEnd[]>;
  close(): Promise<void>;
}

export interface HubEnd {
  readonly hub: string;
  readonly partition: number;
  readonly low: string;
  readonly high: string;
  /** Absent: nothing yet. */
  readonly committed?: string | undefined;
}

const HEARTBEAT_MS = 3_000;

/**
 * Event Hubs as Kafka. Source: https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview.
 * The offsets of the group are the only place that is kept; what is given again after a kill is known by its id.
 */
export async function openHubs({ host, hubs, group, tls, connectionString }: HubsOptions): Promise<Hubs> {
  const { Kafka, logLevel } = await import('kafkajs');
  const kafka = new Kafka({
    clientId: 'whosaw',
    brokers: [host.includes(':') ? host : `${host}:9093`],
    logLevel: logLevel.NOTHING,
    ssl: tls,
    ...(connectionString === undefined
      ? {}
      : { sasl: { mechanism: 'plain', username: '$ConnectionString', password: connectionString } }),
    connectionTimeout: 10_000,
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 5 },
  });
  const consumer = kafka.consumer({ groupId: group, sessionTimeout: 30_000, allowAutoTopicCreation: false });
  const admin = kafka.admin();
  return {
    async run(take, signal) {
      await consumer.connect();
      await consumer.subscribe({ topics: [...hubs], fromBeginning: true });
      const crashed = crashOf(consumer, signal);
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        async eachBatch(payload) {
          const { batch } = payload;
          const beating = setInterval(() => void payload.heartbeat().catch(() => undefined), HEARTBEAT_MS);
          try {
            const messages = batch.messages.flatMap(({ offset, value }) =>
              value === null ? [] : [{ hub: batch.topic, partition: batch.partition, offset, value }],
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
      await consumer.commitOffsets(offsets.map(({ hub, partition, offset }) => ({ topic: hub, partition, offset })));
    },
    async ends() {
      await admin.connect();
      const groups = await admin.fetchOffsets({ groupId: group, topics: [...hubs] });
      const committed = new Map(
        groups.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }) => [`${topic}/${partition}`, offset] as const),
        ),
      );
      const all = await Promise.all(
        hubs.map(async (hub) =>
          (await admin.fetchTopicOffsets(hub)).map(({ partition, low, high }) => {
            const known = committed.get(`${hub}/${partition}`);
            return { hub, partition, low, high, committed: known === '-1' ? undefined : known };
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

function crashOf(consumer: Consumer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  });
}
