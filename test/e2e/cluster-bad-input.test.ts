import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openKafkaBus } from '../../src/bus/kafka/bus.ts';
import { openDuckdbStore } from '../../src/stores/duckdb/open.ts';
import { askLocal } from '../../src/server/ask-local.ts';
import { kafka } from '../services/kafka.ts';
import { clusterFolder } from './cluster.ts';
import { vaultRead } from './vault-log.ts';
import { folderWith, whosaw, type Ended } from './whosaw.ts';

const TIMEOUT_MS = 300_000;
const broker = kafka('what a cluster says of bad input');
const within = { timeout: 150_000, interval: 300 };

const configOf = (kafkaText: string, more = ''): string => `
sources: { vault: { type: vault, file: audit.log } }
store: { path: store }
socket: { path: s }
kafka: ${kafkaText}
${more}`;

/** One line that says what to do, and exit code 2. */
function expectOneLine({ code, stderr }: Ended, text: RegExp): void {
  const lines = stderr.split('\n').filter((line) => line.startsWith('whosaw: '));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(text);
  expect(code).toBe(2);
}

describe('at the start', () => {
  it('roles need Kafka, and are some', async () => {
    const folder = folderWith({ 'whosaw.yaml': 'sources: { vault: { type: vault, file: a } }\n' });
    onTestFinished(folder.remove);
    const up = (role: string) => whosaw(['up', '--role', role, '-c', folder.at('whosaw.yaml')]);
    expectOneLine(await up('detect'), /Roles need Kafka: set kafka.brokers in the config/);
    expectOneLine(
      await up('detect,deliverr'),
      /there is no role deliverr; roles are collect, detect, correlate, deliver/,
    );
  });

  it.each(['up', 'setup kafka'])('says of %s that nobody answers there', async (command) => {
    const folder = folderWith({ 'whosaw.yaml': configOf("{ brokers: ['127.0.0.1:1'] }") });
    onTestFinished(folder.remove);
    const ended = await whosaw([...command.split(' '), '-c', folder.at('whosaw.yaml')]);
    expectOneLine(ended, /Kafka at 127.0.0.1:1 did not answer: .*; check kafka.brokers and the network/);
  });

  it('refuses a retention of hits that rules outlast', async () => {
    const text = configOf("{ brokers: ['127.0.0.1:1'], retention: { hits: 1d } }");
    const folder = folderWith({ 'whosaw.yaml': text });
    onTestFinished(folder.remove);
    const ended = await whosaw(['setup', 'kafka', '-c', folder.at('whosaw.yaml')]);
    expectOneLine(
      ended,
      /kafka.retention.hits is 1d, and the rules need 2d30m: ".*" looks back 1d; set it to that at least/,
    );
  });
});

describe.runIf(broker !== undefined)('on a broker', () => {
  it('names the topics that are missing, and what makes them', async () => {
    const folder = folderWith({ 'whosaw.yaml': configOf(`{ brokers: ['${broker}'], prefix: none }`) });
    onTestFinished(folder.remove);
    const ended = await whosaw(['up', '-c', folder.at('whosaw.yaml')]);
    expectOneLine(ended, /Topics are missing: none.raw, .*none.memory; run `whosaw setup kafka`/);
  });

  it('says which topic has another number of partitions, at the setup and at the start', async () => {
    const cluster = await clusterFolder(broker ?? '', { log: '', partitions: 2 });
    onTestFinished(cluster.remove);
    const config = readFileSync(cluster.at('whosaw.yaml'), 'utf8');
    writeFileSync(cluster.at('whosaw.yaml'), config.replace('partitions: 2', 'partitions: 5'));
    for (const command of [['setup', 'kafka'], ['up']]) {
      const { code, stderr } = await whosaw([...command, '-c', cluster.at('whosaw.yaml')]);
      expect(stderr).toContain(`${cluster.prefix}.hits has 2 partitions and kafka.partitions says 5`);
      expect(code).toBe(2);
    }
  });

  it('sets topics up once, and right again where somebody changed them', async () => {
    const cluster = await clusterFolder(broker ?? '', { log: '' });
    onTestFinished(cluster.remove);
    const setup = () => whosaw(['setup', 'kafka', '-c', cluster.at('whosaw.yaml')]);
    expect((await setup()).stdout.match(/^kept .*is as it should be$/gm)).toHaveLength(6);
    const config = readFileSync(cluster.at('whosaw.yaml'), 'utf8');
    writeFileSync(cluster.at('whosaw.yaml'), config.replace('session: 6s', 'session: 6s, retention: { raw: 5d }'));
    expect((await setup()).stdout).toContain(
      `changed  ${cluster.prefix}.raw: retention.ms is 432000000 now (was 259200000)`,
    );
    expect((await setup()).stdout.match(/^kept /gm)).toHaveLength(6);
  });

  it(
    'keeps what somebody else wrote to the topics, and a record that no message holds, as rejected, and goes on',
    async () => {
      const cluster = await clusterFolder(broker ?? '', { log: '' });
      onTestFinished(cluster.remove);
      const bus = await openKafkaBus({ brokers: [broker ?? ''], sessionMs: 6_000, notice: () => undefined });
      const poison = Buffer.from('no JSON of ours: S3CR3T');
      await bus.publish(
        ['raw', 'events', 'hits', 'alerts', 'rejected'].map((topic) => ({
          topic: `${cluster.prefix}.${topic}`,
          partition: 0,
          value: poison,
        })),
      );
      await bus.close();
      const time = new Date().toISOString();
      const huge = vaultRead({ time, id: 'huge', path: `secret/data/${'x'.repeat(20_000_000)}` });
      writeFileSync(cluster.at('audit.log'), vaultRead({ time, id: 'before' }) + huge);
      const up = cluster.up('collect,detect,correlate,deliver');
      onTestFinished(() => void up.child.kill('SIGKILL'));
      await vi.waitUntil(() => up.stderr().includes('"msg":"Running."'), within);
      appendFileSync(cluster.at('audit.log'), vaultRead({ time, id: 'after' }));
      const sources = async () => {
        const asked = await askLocal(cluster.at('s')).catch(() => undefined);
        const found = (await asked?.sources()) ?? [];
        asked?.close();
        return Object.fromEntries(found.map(({ source, events, rejected }) => [source, { events, rejected }]));
      };
      await expect.poll(sources, within).toMatchObject({
        vault: { events: 2, rejected: 1 },
        [`${cluster.prefix}.raw`]: { rejected: 1 },
        [`${cluster.prefix}.events`]: { rejected: 1 },
        [`${cluster.prefix}.alerts`]: { rejected: 1 },
        [`${cluster.prefix}.rejected`]: { rejected: 1 },
      });
      const { code, stderr } = await up.end();
      expect(code).toBe(0);
      expect(stderr).toContain('Passed over a message that is no list of hits.');
      expect(stderr).not.toContain('S3CR3T');
      const store = await openDuckdbStore({ path: cluster.at('store'), readOnly: true });
      expect(await store.near('S3CR3T', 5)).toEqual([]);
      await store.close();
    },
    TIMEOUT_MS,
  );
});
