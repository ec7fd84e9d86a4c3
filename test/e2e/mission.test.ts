import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { newKafka } from '../../src/lib/kafka-connection.effect.ts';
import { SecretText } from '../../src/lib/secret-text.ts';
import { elasticsearch } from '../services/elasticsearch.ts';
import { startBroker } from '../services/event-hubs-broker.ts';
import { kafka } from '../services/kafka.ts';
import { secretRead, startLookupServer } from '../services/lookup-events.ts';
import { harvest } from './vault-log.ts';
import { folderWith, jsonLines, start, whosaw } from './whosaw.ts';

const SUITE = 'the whole way: three stores, Kafka, rules, Elasticsearch, webhook';
const bus = kafka(SUITE);
const elastic = elasticsearch(SUITE);
const hubs = await startBroker();
const HUB = 'insights-logs-auditevent';
const prefix = `m${randomBytes(4).toString('hex')}`;
const WITHIN = { timeout: 150_000, interval: 1_000 };

afterAll(() => hubs?.close());

interface Told {
  readonly alert: { readonly rule: { readonly title: string }; readonly group: Readonly<Record<string, string>> };
}

describe.runIf(bus !== undefined && elastic !== undefined && hubs !== undefined)(SUITE, () => {
  it('who saw that secret, in whichever store it was, and the security team was told', async () => {
    await makeHub();
    const lookup = await startLookupServer();
    const told: Told[] = [];
    const address = await webhook(told);
    const folder = folderWith({
      'audit.log': '',
      'whosaw.yaml': `
sources:
  vault: { type: vault, cluster: eu, file: audit.log }
  trail: { type: cloudtrail, regions: [eu-central-1] }
  vaults: { type: keyvault, event_hubs: '${hubs?.host}', connection_string: '\${HUBS}', encrypted: false }
kafka: { brokers: ['${bus}'], partitions: 3, prefix: ${prefix}, session: 6s }
store: { type: elasticsearch, url: '${elastic}', prefix: ${prefix}, replicas: 0 }
socket: { path: run/s }
sinks:
  team: { type: webhook, url: '\${TEAM}', level: low }
`,
    });
    const env = {
      AWS_ENDPOINT_URL_CLOUDTRAIL: lookup.url,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'test-CANARY',
      HUBS: hubs?.connectionString ?? '',
      TEAM: address,
    };
    const config = ['-c', folder.at('whosaw.yaml')];
    const ask = (...args: readonly string[]) => whosaw([...args, ...config], { env });
    for (const server of ['kafka', 'elasticsearch']) expect(await ask('setup', server)).toMatchObject({ code: 0 });
    // A broker that was started a moment ago first has to find itself.
    await expect.poll(async () => (await ask('check')).stdout, WITHIN).not.toContain('FAIL');
    const roles = ['collect', 'detect,correlate', 'detect,deliver'];
    const workers = roles.map((role) => start(['up', '--role', role, ...config], { env }));
    onTestFinished(async () => {
      for (const { child } of workers) child.kill('SIGKILL');
      await lookup.close();
      folder.remove();
    });
    await vi.waitUntil(() => workers.every((worker) => worker.stderr().includes('"msg":"Running."')), WITHIN);

    const now = Date.now();
    appendFileSync(folder.at('audit.log'), harvest(now, { run: 'v', user: 'sam', address: '198.51.100.7' }));
    for (let index = 0; index < 8; index += 1) lookup.events.push(secretRead(`a-${index}`, now - index * 1_000));
    await sendToHub(Array.from({ length: 8 }, (_, index) => keyVaultRead(`k-${index}`, now - index * 1_000)));

    const secrets = ['production/db-password', 'prod/db', 'acme/secrets/tls'];
    const counts = async (): Promise<unknown> => {
      const answers = await Promise.all(
        secrets.map((secret) => ask('who', secret, '--since', '1d', '--format', 'ndjson')),
      );
      return answers.map(({ stdout }) => jsonLines(stdout).map(({ actor, count }) => [actor, count]));
    };
    await expect
      .poll(counts, WITHIN)
      .toEqual([
        [['vault:eu/approle/sam', 8]],
        [['aws:444455556666/user/ana', 8]],
        [[expect.stringMatching(/^azure:.*\/app\//), 8]],
      ]);
    const bursts = (): readonly string[] =>
      told.filter(({ alert }) => alert.rule.title === BURST).map(({ alert }) => alert.group['whosaw.actor.id'] ?? '');
    await expect
      .poll(() => bursts().toSorted(), WITHIN)
      .toEqual(['aws:444455556666/user/ana', expect.stringMatching(/^azure:/), 'vault:eu/approle/sam']);
    const covered = async (): Promise<string> => (await ask('coverage', '--since', '1d')).stdout.replaceAll(/ +/g, ' ');
    await expect.poll(covered, WITHIN).toMatch(/\nvault - .* 8 .*\ntrail - .* 8 .*\nvaults - .* 8 /);
    const ended = await Promise.all(workers.map((worker) => worker.end()));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    // Nobody runs any more: the store itself answers, and knows who was told.
    const alerts = jsonLines((await ask('alerts', '--since', '1d', '--format', 'ndjson')).stdout);
    expect(alerts.length).toBeGreaterThanOrEqual(told.length);
    const all = JSON.stringify([told, alerts, ended.map(({ stdout, stderr }) => [stdout, stderr])]);
    expect(all).not.toContain('CANARY');
  }, 400_000);
});

const BURST = 'One identity reads one secret again and again';

function namespace(): ReturnType<typeof newKafka> {
  const password = new SecretText(hubs?.connectionString ?? '');
  const sasl = { mechanism: 'plain', username: '$ConnectionString', password } as const;
  return newKafka({ brokers: [hubs?.host ?? ''], sasl });
}

async function makeHub(): Promise<void> {
  const admin = namespace().admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: HUB, numPartitions: 2 }] });
  await admin.disconnect();
}

async function sendToHub(records: readonly object[]): Promise<void> {
  const producer = namespace().producer();
  await producer.connect();
  await producer.send({
    topic: HUB,
    messages: records.map((record) => ({ value: JSON.stringify({ records: [record] }) })),
  });
  await producer.disconnect();
}

/** As a diagnostic setting sends it. */
function keyVaultRead(correlationId: string, atMs: number): object {
  return {
    time: new Date(atMs).toISOString(),
    category: 'AuditEvent',
    operationName: 'SecretGet',
    correlationId,
    callerIpAddress: '198.51.100.9',
    resultSignature: 'OK',
    resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/ACME',
    identity: {
      claim: {
        appid: '3f2c8f6e-5a0e-4a6e-9c7e-0a4d5b1c2d3e',
        iss: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/',
      },
    },
    properties: {
      id: 'https://acme.vault.azure.net/secrets/tls',
      httpStatusCode: 200,
      requestUri: 'https://acme.vault.azure.net/secrets/tls',
    },
  };
}

async function webhook(told: Told[]): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      told.push(JSON.parse(body) as Told);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}
