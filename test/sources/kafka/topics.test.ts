import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import type { Collector } from '../../../src/core/ports.ts';
import { newKafka } from '../../../src/lib/kafka-connection.effect.ts';
import { collectTopics, tryTopics } from '../../../src/sources/kafka/collect-topics.ts';
import { vault } from '../../../src/sources/vault/vault.ts';
import { kafka } from '../../services/kafka.ts';
import { vaultRead } from '../../e2e/vault-log.ts';
import { readAll, SOON, type Reading } from '../streams/reading.ts';

const broker = kafka('topics that other shippers fill');
const WITHIN = { ...SOON, timeout: 60_000 };
const TIMEOUT_MS = 120_000;

interface Topic {
  readonly name: string;
  send(partition: number, ...values: readonly string[]): Promise<void>;
}

async function newTopic(): Promise<Topic> {
  const client = newKafka({ brokers: [broker ?? ''] });
  const admin = client.admin();
  const name = `shipped-${randomUUID().slice(0, 8)}`;
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions: 2 }] });
  await admin.disconnect();
  const producer = client.producer();
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return {
    name,
    send: async (partition, ...values) => {
      await producer.send({ topic: name, messages: values.map((value) => ({ partition, value })) });
    },
  };
}

function collector(topic: string, notices: string[] = []): Collector {
  return collectTopics({
    name: 'shipped',
    format: vault,
    cluster: 'eu',
    config: { brokers: [broker ?? ''], topics: [topic], group: `g-${topic}` },
    connect: async () => ({ brokers: [broker ?? ''] }),
    notice: (text) => void notices.push(text),
    timing: { firstMs: 50, longestMs: 200, refusedMs: 500, lookMs: 200 },
  });
}

/** A request and its response, as the file device writes them. */
function entries(id: string): readonly [request: string, response: string] {
  const response = vaultRead({ time: new Date().toISOString(), id }).trimEnd();
  const { response: _, ...asked } = JSON.parse(response) as Record<string, JsonValue>;
  return [JSON.stringify({ ...asked, type: 'request' }), response];
}

const ids = ({ records }: Reading): readonly string[] =>
  records.map(({ record }) => String((record['request'] as Record<string, JsonValue>)['id'])).toSorted();

describe.skipIf(broker === undefined)('topics that other shippers fill', () => {
  it(
    'are read: a record a message, or several in lines; what follows goes on behind what is durable',
    async () => {
      const topic = await newTopic();
      const [[requestA, responseA], [requestB, responseB]] = [entries('a'), entries('b')];
      await topic.send(0, requestA, responseA);
      await topic.send(1, `${requestB}\n${responseB}\n`);
      const killed = readAll(collector(topic.name), { isDurable: false });
      await expect.poll(() => ids(killed), WITHIN).toEqual(['a', 'b']);
      await killed.stop();
      const first = readAll(collector(topic.name));
      await expect.poll(() => ids(first), WITHIN).toEqual(['a', 'b']);
      expect(first.records[0]?.origin).toMatchObject({
        source: 'shipped',
        file: expect.stringMatching(new RegExp(`^kafka://${topic.name}/[01]/\\d+$`)),
      });
      await expect.poll(() => first.seenTo.some((time) => time !== undefined), WITHIN).toBe(true);
      await first.stop();
      const [requestC, responseC] = entries('c');
      await topic.send(0, requestC, responseC);
      const second = readAll(collector(topic.name), { checkpoint: first.checkpoint });
      await expect.poll(() => ids(second), WITHIN).toEqual(['c']);
    },
    TIMEOUT_MS,
  );

  it(
    'keep a request that waits for its response over a restart, wherever the response is',
    async () => {
      const topic = await newTopic();
      const [request, response] = entries('late');
      await topic.send(0, request);
      const first = readAll(collector(topic.name));
      await expect.poll(() => JSON.stringify(first.checkpoint ?? null), WITHIN).toContain('late');
      await first.stop();
      expect(ids(first)).toEqual([]);
      await topic.send(1, response);
      const second = readAll(collector(topic.name), { checkpoint: first.checkpoint });
      await expect.poll(() => ids(second), WITHIN).toEqual(['late']);
      expect(second.records[0]?.unanswered).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  it(
    'keep what is no record as rejected, by its place',
    async () => {
      const topic = await newTopic();
      const [request, response] = entries('a');
      await topic.send(0, 'no JSON, CANARY', request, response);
      const reading = readAll(collector(topic.name));
      await expect.poll(() => ids(reading), WITHIN).toEqual(['a']);
      expect(reading.rejections).toMatchObject([{ origin: { file: `kafka://${topic.name}/0/0` } }]);
      expect(JSON.stringify(reading.rejections)).not.toContain('CANARY');
    },
    TIMEOUT_MS,
  );

  it(
    'that are not there are said once, and waited for',
    async () => {
      const notices: string[] = [];
      readAll(collector('nobody-made-it', notices));
      await expect.poll(() => notices, WITHIN).toEqual([expect.stringContaining('has no topic nobody-made-it')]);
      const config = { brokers: [broker ?? ''], topics: ['nobody-made-it'], group: 'g', tls: false };
      const tried = tryTopics(config, async () => ({ brokers: [broker ?? ''] })).run(AbortSignal.timeout(30_000));
      await expect(tried).rejects.toMatchObject({
        code: 'SOURCE_UNREADABLE',
        message: expect.stringContaining('has no topic nobody-made-it'),
      });
    },
    TIMEOUT_MS,
  );
});
