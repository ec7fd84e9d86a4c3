import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hubsStream } from '../../../src/sources/azure/hubs-stream.ts';
import { keyvault } from '../../../src/sources/azure/keyvault.ts';
import { mergeStreams } from '../../../src/sources/streams/merge-streams.ts';
import { startBroker } from '../../services/event-hubs-broker.ts';
import { readAll, SOON, type Reading } from '../streams/reading.ts';

const broker = await startBroker();
const HUB = 'insights-logs-auditevent';
const WITHIN = { ...SOON, timeout: 60_000 };
const kafka = new Kafka({
  brokers: [broker?.host ?? ''],
  logLevel: logLevel.NOTHING,
  sasl: { mechanism: 'plain', username: '$ConnectionString', password: broker?.connectionString ?? '' },
  retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 60 },
});
const producer = kafka.producer();
let notices: string[];

beforeAll(async () => {
  if (broker === undefined) return;
  process.env['HUBS'] = broker.connectionString;
  process.env['WRONG'] = 'Endpoint=sb://acme/;SharedAccessKey=other-CANARY';
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic: HUB, numPartitions: 2 }] });
  await admin.disconnect();
  await producer.connect();
}, 90_000);

beforeEach(() => (notices = []));

afterAll(async () => {
  await producer.disconnect();
  await broker?.close();
});

function hubs(secret = '${HUBS}', group = 'whosaw') {
  const config = { hubs: [HUB], consumer_group: group, connection_string: secret, encrypted: false };
  const notice = (text: string): void => void notices.push(text);
  const timing = { firstMs: 50, longestMs: 200, refusedMs: 500, settleMs: 0, lookMs: 200 };
  return mergeStreams('vaults', [
    hubsStream({ source: 'vaults', format: keyvault, host: broker?.host ?? '', config, notice, timing }),
  ]);
}

async function send(ids: readonly string[]): Promise<void> {
  const record = (correlationId: string) => ({
    time: '2026-03-02T08:15:30.1234560Z',
    category: 'AuditEvent',
    operationName: 'SecretGet',
    correlationId,
    resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V',
    properties: { id: 'https://v.vault.azure.net/secrets/a', httpStatusCode: 200 },
  });
  const messages = ids.map((id) => ({
    key: id,
    value: JSON.stringify({ records: [record(`${id}-1`), record(`${id}-2`)] }),
  }));
  await producer.send({ topic: HUB, messages });
}

const ids = ({ records }: Reading): readonly string[] =>
  records.map(({ record }) => String(record['correlationId'])).toSorted();

describe.skipIf(broker === undefined)('Event Hubs as Kafka', () => {
  it('gives again what was not durable, and goes on behind what was', async () => {
    await send(['a', 'b', 'c']);
    const all = ['a-1', 'a-2', 'b-1', 'b-2', 'c-1', 'c-2'];
    const killed = readAll(hubs(), { isDurable: false });
    await expect.poll(() => ids(killed), WITHIN).toEqual(all);
    await killed.stop();
    const first = readAll(hubs());
    await expect.poll(() => ids(first), WITHIN).toEqual(all);
    await expect.poll(() => first.seenTo.some((time) => time !== undefined), WITHIN).toBe(true);
    expect(first.records[0]?.origin.file).toMatch(new RegExp(`^eventhub://127.0.0.1:\\d+/${HUB}/[01]/\\d+$`));
    await first.stop();
    await send(['d']);
    const second = readAll(hubs());
    await expect.poll(() => ids(second), WITHIN).toEqual(['d-1', 'd-2']);
    expect(notices).toEqual([]);
  }, 200_000);

  it('says once that the connection string is wrong, and not what it is', async () => {
    readAll(hubs('${WRONG}', 'other'));
    await expect
      .poll(() => notices, WITHIN)
      .toEqual([`${broker?.host} does not know the connection string; check it and its Listen right.`]);
  });
});
