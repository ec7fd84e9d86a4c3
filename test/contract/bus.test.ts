import { describe } from 'vitest';
import { openKafkaBus } from '../../src/bus/kafka/bus.ts';
import { Client } from '../../src/bus/kafka/client.ts';
import { setupTopics } from '../../src/bus/kafka/topics.ts';
import { MemoryBroker, MemoryBus } from '../bus/memory-bus.ts';
import { kafka } from '../services/kafka.ts';
import { busSuite, type BusAdapter } from './bus.ts';

const broker = kafka("the bus' contract");

const memory: BusAdapter = {
  name: 'in memory',
  create: async () => {
    const shared = new MemoryBroker({ partitions: 3, clock: Date.now });
    return { open: async () => new MemoryBus(shared), remove: async () => undefined };
  },
};

const onKafka: BusAdapter = {
  name: 'Kafka',
  create: async (topics) => {
    const brokers = [broker ?? ''];
    const client = new Client({ brokers });
    const config = { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': '8388608' };
    await setupTopics(
      client,
      brokers,
      topics.map((name) => ({ name, partitions: 3, config })),
      1,
    );
    return {
      open: () => openKafkaBus({ brokers, sessionMs: 6_000, notice: () => undefined }),
      remove: async () => {
        const admin = client.admin();
        await admin.connect();
        await admin.deleteTopics({ topics: [...topics] });
        await admin.disconnect();
      },
    };
  },
};

busSuite(memory);
describe.runIf(broker !== undefined)('on a broker', () => busSuite(onKafka));
