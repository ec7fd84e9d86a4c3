import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openElasticsearchStore } from '../../src/stores/elasticsearch/open.ts';
import { ownElasticsearch, type OwnServer } from '../services/elasticsearch.ts';
import { kafka } from '../services/kafka.ts';
import { clusterFolder } from './cluster.ts';
import { expectSame, generated, heard, isDone, oneRun, randoms } from './outcome.ts';
import { jsonLines, whosaw, type Running } from './whosaw.ts';

/** WHOSAW_SEEDS=3 runs three, two minutes each, and without it none; one seed is found again by WHOSAW_SEED. */
const { WHOSAW_SEEDS: COUNT, WHOSAW_SEED: SEED } = process.env;
const SEEDS = SEED === undefined ? Array.from({ length: Number(COUNT ?? 1) }, (_, i) => i + 1) : [Number(SEED)];
const isWanted = (COUNT ?? SEED) !== undefined;
if (!isWanted) console.log('skipped: workers and servers that are killed at random (set WHOSAW_SEEDS=3)');
const TIMEOUT_MS = 900_000;
const SUITE = 'the cluster over Elasticsearch, killed again and again';
const WORKERS = ['collect,detect', 'detect,correlate,deliver', 'correlate,deliver'] as const;
const SESSION_MS = 6_000;

const broker = isWanted ? kafka(SUITE) : undefined;
const server = broker === undefined ? undefined : ownElasticsearch(SUITE, { flavour: '9' });
if (server !== undefined) server.start();
afterAll(() => server?.stop());

describe.runIf(server !== undefined)(
  'two workers deliver into Elasticsearch: whatever is killed, it is one run',
  () => {
    it.each(SEEDS)(
      'seed %i',
      async (seed) => {
        if (server !== undefined) await run(seed, server);
      },
      TIMEOUT_MS,
    );
  },
);

async function run(seed: number, elastic: OwnServer): Promise<void> {
  const random = randoms(seed);
  const log = generated(Date.now());
  const store = (prefix: string): string =>
    `{ type: elasticsearch, url: '${elastic.url}', prefix: ${prefix}, replicas: 0 }`;
  const cluster = await clusterFolder(broker ?? '', { log, store });
  expect(await whosaw(['setup', 'elasticsearch', '-c', cluster.at('whosaw.yaml')])).toMatchObject({ code: 0 });
  const expected = await oneRun(cluster.at, cluster.at('whole.log'));
  writeFileSync(cluster.at('audit.log'), '');
  const workers = WORKERS.map((roles) => cluster.up(roles));
  const up = (index: number): void => void (workers[index] = cluster.up(WORKERS[index] ?? ''));
  onTestFinished(() => workers.forEach(({ child }) => child.kill('SIGKILL')));
  const troubles = [
    async () => {
      const index = random(WORKERS.length);
      await workers[index]?.end('SIGKILL');
      await sleep(random(2_000));
      up(index);
    },
    async () => {
      const worker = workers[random(WORKERS.length)];
      worker?.child.kill('SIGSTOP');
      await sleep(SESSION_MS + 2_000);
      worker?.child.kill('SIGCONT');
    },
    async () => {
      elastic.kill9();
      await sleep(random(5_000));
      elastic.start();
    },
  ];
  const writing = write(log, cluster.at('audit.log'), random);
  for (const trouble of [...troubles, ...troubles].toSorted(() => random(3) - 1)) {
    await sleep(1_000 + random(3_000));
    await trouble();
    // A worker that began while the server was away ended, and said why.
    await restart(workers, up);
  }
  await writing;
  const isOver = async (): Promise<boolean> => {
    await restart(workers, up);
    return isDone(cluster.at('s'), expected);
  };
  await vi.waitUntil(isOver, { timeout: 400_000, interval: 1_000 }).catch(() => undefined);
  // One that has only just been started does not know yet how to end.
  const isUp = ({ stderr }: Running): boolean => stderr().includes('"msg":"Running."');
  await vi.waitUntil(() => workers.every(isUp), { timeout: 60_000, interval: 200 });
  const ended = await Promise.all(workers.map((worker) => worker.end()));
  const open = () =>
    openElasticsearchStore({ urls: [elastic.url], prefix: cluster.prefix, period: 'day', readOnly: true });
  await expectSame(open, expected);
  const told = jsonLines(readFileSync(cluster.at('alerts.ndjson'), 'utf8')).map(({ id }) => id);
  const known = await heard(open, told);
  const news = expected.alerts.filter(
    ({ continues, rule }) => continues === undefined && rule.status !== 'experimental',
  );
  expect(news.filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
  expect(ended.map(({ code }) => code)).toEqual(WORKERS.map(() => 0));
  cluster.remove();
}

async function restart(workers: readonly Running[], up: (index: number) => void): Promise<void> {
  for (const [index, { child, stderr }] of workers.entries()) {
    if (child.exitCode === null && child.signalCode === null) continue;
    expect(stderr().slice(-1_000)).toMatch(
      /(?:Elasticsearch|Kafka) at \S+ (?:cannot be reached|is busy|did not answer)/,
    );
    up(index);
  }
}

/** In pieces that end anywhere, over about half a minute. */
async function write(log: string, file: string, random: (below: number) => number): Promise<void> {
  const bytes = Buffer.from(log);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random((2 * bytes.length) / 400);
    appendFileSync(file, bytes.subarray(at, end));
    at = end;
    await sleep(random(150));
  }
}
