import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type IHeaders,
  type PartitionAssigner,
  type Producer,
} from 'kafkajs';
import { KAFKA_RETRY, newKafka, type KafkaConnection } from '../../lib/kafka-connection.effect.ts';

export type { Admin, Consumer, EachBatchPayload, IHeaders, Producer };

export interface ConsumerOptions {
  readonly group: string;
  readonly sessionMs: number;
}

/** What the bus needs of kafkajs. */
export class Client {
  readonly #kafka: InstanceType<typeof kafkajs.Kafka>;

  constructor(options: KafkaConnection) {
    this.#kafka = newKafka(options);
  }

  admin(retries: number = KAFKA_RETRY.retries): Admin {
    return this.#kafka.admin({ retry: { ...KAFKA_RETRY, retries } });
  }

  producer(): Producer {
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 5,
      retry: KAFKA_RETRY,
      allowAutoTopicCreation: false,
    });
  }

  consumer({ group, sessionMs }: ConsumerOptions): Consumer {
    return this.#kafka.consumer({
      groupId: group,
      partitionAssigners: [sameNumber],
      sessionTimeout: sessionMs,
      rebalanceTimeout: Math.max(sessionMs, 30_000),
      heartbeatInterval: Math.max(300, Math.floor(sessionMs / 10)),
      maxWaitTimeInMs: 100,
      // Less at a time keeps records of several partitions closer to their order, which costs the rules less.
      maxBytesPerPartition: 512 * 1024,
      maxBytes: 16 * 1024 * 1024,
      allowAutoTopicCreation: false,
      // A consumer that gives up is made anew, so that somebody hears of it.
      retry: { ...KAFKA_RETRY, restartOnFailure: async () => false },
    });
  }
}

export const ZSTD_COMPRESSION = kafkajs.CompressionTypes.ZSTD;
export const OWN_CONFIG = kafkajs.ConfigSource.TOPIC_CONFIG;
export const TOPIC_RESOURCE = kafkajs.ConfigResourceTypes.TOPIC;

/** Gives a partition of all topics to the same member. */
const sameNumber: PartitionAssigner = ({ cluster }) => ({
  name: 'whosaw-same-number',
  version: 1,
  assign: async ({ members, topics }) => {
    const sorted = members.map(({ memberId }) => memberId).toSorted();
    return sorted.map((memberId, index) => {
      const own = (topic: string): number[] =>
        cluster
          .findTopicPartitionMetadata(topic)
          .map(({ partitionId }) => partitionId)
          .filter((partition) => partition % sorted.length === index)
          .toSorted((a, b) => a - b);
      const assignment = Object.fromEntries(topics.map((topic) => [topic, own(topic)]));
      const memberAssignment = kafkajs.AssignerProtocol.MemberAssignment.encode({
        version: 1,
        assignment,
        userData: Buffer.alloc(0),
      });
      return { memberId, memberAssignment };
    });
  },
  protocol: ({ topics }) => ({
    name: 'whosaw-same-number',
    metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
  }),
});
