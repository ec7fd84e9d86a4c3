import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { newKafka } from '../../src/lib/kafka-connection.effect.ts';
import { SecretText } from '../../src/lib/secret-text.ts';
import { startBroker } from '../services/event-hubs-broker.ts';
import { auditRow, startAzure } from '../services/log-analytics.ts';
import { startMoto } from '../services/moto.ts';
import { makeTrail } from '../sources/aws/trail-bucket.ts';
import { folderWith, jsonLines, start, whosaw, type Running } from './whosaw.ts';

const within = { timeout: 90_000, interval: 500 };
const TIMEOUT_MS = 240_000;
const moto = await startMoto();
const hubs = await startBroker();

/** The config block of a page that has this text. */
function block(page: string, text: string): string {
  const blocks = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8').matchAll(
    /```yaml\n(sources:[^`]*)```/g,
  );
  return Array.from(blocks, ([, found = '']) => found).find((found) => found.includes(text)) ?? '';
}

interface Trial {
  readonly check: () => Promise<string>;
  /** Running, and answering. */
  readonly up: () => Promise<Running>;
  readonly count: (secret: string) => Promise<number>;
}

function trial(sources: string, env: Readonly<Record<string, string>>): Trial {
  const folder = folderWith();
  onTestFinished(folder.remove);
  writeFileSync(folder.at('whosaw.yaml'), `${sources}store: { path: store }\nsocket: { path: s }\n`);
  const config = ['-c', folder.at('whosaw.yaml')];
  return {
    check: async () => (await whosaw(['check', ...config], { env })).stdout,
    up: async () => {
      const running = start(['up', ...config], { env });
      onTestFinished(() => void running.child.kill('SIGKILL'));
      await vi.waitUntil(() => running.stderr().includes('"msg":"Running."'), within);
      return running;
    },
    count: async (secret) => {
      const { stdout } = await whosaw(['who', secret, '--since', '2d', '--format', 'ndjson', ...config], { env });
      return jsonLines(stdout).reduce((sum, { count }) => sum + Number(count), 0);
    },
  };
}

describe.skipIf(moto === undefined)('the block of docs/sources-aws.md', () => {
  it(
    'with a queue runs, and a kill neither loses nor doubles',
    async () => {
      if (moto === undefined) return;
      onTestFinished(() => moto.close());
      const trail = await makeTrail(moto, `whosaw-docs-${process.pid}`);
      const env = { AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test-CANARY' };
      const sources = block('sources-aws', 'queue:').replace(/queue: \S+/, `queue: ${trail.queue}`);
      const { check, up, count } = trial(sources, env);
      for (let file = 0; file < 12; file += 1) {
        await trail.announce(await trail.write(Array.from({ length: 50 }, (_, index) => `${file}-${index}`)));
      }
      expect(await check()).not.toContain('FAIL');
      const killed = await up();
      await expect.poll(async () => (await trail.messages())[1], within).toBeGreaterThan(0);
      await killed.end('SIGKILL');
      const running = await up();
      // What the killed one held comes again when its time is over; here at once.
      for (let file = 0; file < 12; file += 1) {
        await trail.announce(await trail.write(Array.from({ length: 50 }, (_, index) => `${file}-${index}`)));
      }
      await expect.poll(() => count('prod/db'), within).toBe(600);
      expect((await running.end()).stderr).not.toContain('CANARY');
    },
    TIMEOUT_MS,
  );
});

describe('the blocks of docs/sources-azure.md', () => {
  it(
    'a workspace runs, and a kill neither loses nor doubles',
    async () => {
      const azure = await startAzure();
      onTestFinished(() => azure.close());
      azure.vaults.set('quiet', false);
      const env = { ...azure.env, NODE_EXTRA_CA_CERTS: azure.certificate };
      const sources = `${block('sources-azure', 'workspace:')}    endpoint: ${azure.url}\n    management: ${azure.url}\n`;
      const { check, up, count } = trial(sources, env);
      const arrive = (from: number, to: number): void => {
        for (let index = from; index < to; index += 1) {
          const arrivedMs = Date.now() - 60_000 - index * 100;
          azure.rows.push({ table: 'AZKVAuditLogs', arrivedMs, row: auditRow(`id-${index}`, arrivedMs - 90_000) });
        }
      };
      arrive(0, 200);
      const checked = await check();
      expect(checked).not.toContain('FAIL');
      expect(checked).toContain('not audited: quiet');
      const killed = await up();
      await vi.waitUntil(() => azure.queries.length > 2, within);
      await killed.end('SIGKILL');
      const running = await up();
      await expect.poll(() => count(SECRET), within).toBe(200);
      expect((await running.end()).stderr).not.toContain('CANARY');
    },
    TIMEOUT_MS,
  );

  it.skipIf(hubs === undefined)(
    'Event Hubs run',
    async () => {
      if (hubs === undefined) return;
      onTestFinished(() => hubs.close());
      const password = new SecretText(hubs.connectionString);
      const sasl = { mechanism: 'plain', username: '$ConnectionString', password } as const;
      const client = newKafka({ brokers: [hubs.host], sasl });
      const admin = client.admin();
      await admin.connect();
      const topics = ['insights-logs-auditevent', 'insights-activity-logs'];
      await admin.createTopics({
        waitForLeaders: true,
        topics: topics.map((topic) => ({ topic, numPartitions: 2 })),
      });
      await admin.disconnect();
      const producer = client.producer();
      await producer.connect();
      const records = Array.from({ length: 20 }, (_, index) => read(`k-${index}`, Date.now() - index * 1_000));
      await producer.send({ topic: topics[0] ?? '', messages: [{ value: JSON.stringify({ records }) }] });
      await producer.disconnect();
      // The broker here speaks no TLS.
      const sources = `${block('sources-azure', 'event_hubs:').replace('acme.servicebus.windows.net', `'${hubs.host}'`)}    encrypted: false\n`;
      const { check, up, count } = trial(sources, { EVENT_HUBS: hubs.connectionString });
      await expect.poll(check, within).not.toContain('FAIL');
      const running = await up();
      await expect.poll(() => count('v/secrets/a'), within).toBe(20);
      expect((await running.end()).stderr).not.toContain('CANARY');
    },
    TIMEOUT_MS,
  );
});

function read(correlationId: string, atMs: number): object {
  return {
    time: new Date(atMs).toISOString(),
    category: 'AuditEvent',
    operationName: 'SecretGet',
    correlationId,
    resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V',
    properties: { id: 'https://v.vault.azure.net/secrets/a', httpStatusCode: 200 },
  };
}

const SECRET = 'payments-prod/secrets/db-password';
