import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ownKafka, type OwnBroker } from '../services/kafka.ts';
import { clusterFolder, type ClusterFolder } from './cluster.ts';
import { expectSame, generated, heard, isDone, oneRun, randoms } from './outcome.ts';
import { folderWith, jsonLines, type Running } from './whosaw.ts';

/** WHOSAW_SEEDS=3 runs three, two minutes each, and without it none; one seed is found again by WHOSAW_SEED. */
const { WHOSAW_SEEDS: COUNT, WHOSAW_SEED: SEED } = process.env;
const SEEDS = SEED === undefined ? Array.from({ length: Number(COUNT ?? 1) }, (_, i) => i + 1) : [Number(SEED)];
const isWanted = (COUNT ?? SEED) !== undefined;
if (!isWanted) console.log('skipped: workers and servers that are killed at random (set WHOSAW_SEEDS=3)');
const TIMEOUT_MS = 600_000;
const END_WITHIN_MS = 90_000;
const SESSION_MS = 6_000;
const WORKERS = ['collect,detect,correlate', 'detect,correlate,deliver', 'collect,detect'] as const;

const folder = folderWith();
const broker = isWanted ? await ownKafka('the cluster, killed again and again', folder.at('broker')) : undefined;

type Random = (below: number) => number;

describe.runIf(broker !== undefined)(
  'whatever is killed or stopped, the events and alerts are those of one run',
  () => {
    it.each(SEEDS)('seed %i', (seed) => run(seed, broker), TIMEOUT_MS);
  },
);

async function run(seed: number, kafka: OwnBroker | undefined): Promise<void> {
  if (kafka === undefined) return;
  kafka.start();
  onTestFinished(() => kafka.stop());
  const random = randoms(seed);
  const log = generated(Date.now());
  const cluster = await clusterFolder(kafka.address, { log });
  const expected = await oneRun(cluster.at, cluster.at('whole.log'));
  writeFileSync(cluster.at('audit.log'), '');
  const workers = new Workers(cluster);
  onTestFinished(() => workers.killAll());
  const writing = write(log, cluster.at('audit.log'), random);
  for (const trouble of shuffled(TROUBLES, random)) {
    await sleep(1_000 + random(4_000));
    await trouble(workers, kafka, random);
  }
  await writing;
  await vi
    .waitUntil(() => isDone(cluster.at('s'), expected), { timeout: 300_000, interval: 500 })
    .catch(() => undefined);
  const codes = await workers.end();
  await expectSame(cluster.at('store'), expected);
  const told = jsonLines(readFileSync(cluster.at('alerts.ndjson'), 'utf8')).map(({ id }) => id);
  const known = await heard(cluster.at('store'), told);
  const open = expected.alerts.filter(
    ({ continues, rule }) => continues === undefined && rule.status !== 'experimental',
  );
  expect(open.filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
  expect(codes).toEqual(WORKERS.map(() => 0));
  cluster.remove();
}

type Trouble = (workers: Workers, broker: OwnBroker, random: Random) => Promise<void>;

const killWorker: Trouble = async (workers, _, random) => workers.kill(random(WORKERS.length), random(3_000));
const stopWorker: Trouble = async (workers, _, random) => workers.freeze(random(WORKERS.length), SESSION_MS + 2_000);
const killBroker: Trouble = async (_, kafka, random) => {
  kafka.kill9();
  await sleep(random(3_000));
  kafka.restart();
};
/** Each of a worker that joins makes all others join again. */
const storm: Trouble = async (workers, _, random) => {
  for (let turn = 0; turn < 4; turn++) await workers.kill(random(WORKERS.length), 200 + random(500));
};
const TROUBLES: readonly Trouble[] = [killWorker, stopWorker, killBroker, killWorker, killBroker, stopWorker, storm];

/** The workers, each of which is started again when it was killed, or found no broker at its start. */
class Workers {
  readonly #cluster: ClusterFolder;
  readonly #running: Running[];
  #isOver = false;

  constructor(cluster: ClusterFolder) {
    this.#cluster = cluster;
    this.#running = WORKERS.map((_, index) => this.#up(index));
  }

  #up(index: number): Running {
    const running = this.#cluster.up(WORKERS[index] ?? '');
    void running.ended.then(async ({ code, stderr }) => {
      if (code !== 2 || this.#isOver || !stderr.includes('did not answer')) return;
      await sleep(1_000);
      if (this.#running[index] === running && !this.#isOver) this.#running[index] = this.#up(index);
    });
    return running;
  }

  async kill(index: number, pauseMs: number): Promise<void> {
    await this.#running[index]?.end('SIGKILL');
    await sleep(pauseMs);
    this.#running[index] = this.#up(index);
  }

  async freeze(index: number, forMs: number): Promise<void> {
    const worker = this.#running[index]?.child;
    worker?.kill('SIGSTOP');
    await sleep(forMs);
    worker?.kill('SIGCONT');
  }

  async end(): Promise<readonly (number | null)[]> {
    // One that has only just been started does not know yet how to end.
    const isUp = ({ stderr }: Running): boolean => stderr().includes('"msg":"Running."');
    await vi.waitUntil(() => this.#running.every(isUp), { timeout: 60_000, interval: 200 });
    this.#isOver = true;
    const ended = await Promise.all(
      this.#running.map(async (worker) => {
        // One that does not end would only be seen as a test that took too long.
        const killer = setTimeout(() => worker.child.kill('SIGKILL'), END_WITHIN_MS);
        const end = await worker.end();
        clearTimeout(killer);
        return end;
      }),
    );
    for (const { code, stderr } of ended) if (code !== 0) console.log(stderr.split('\n').slice(-12).join('\n'));
    return ended.map(({ code }) => code);
  }

  killAll(): void {
    this.#isOver = true;
    for (const { child } of this.#running) child.kill('SIGKILL');
  }
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((value) => ({ value, at: random(1_000_000) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** In pieces that end anywhere, over about half a minute. */
async function write(log: string, file: string, random: Random): Promise<void> {
  const bytes = Buffer.from(log);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + random((2 * bytes.length) / 400);
    appendFileSync(file, bytes.subarray(at, end));
    at = end;
    await sleep(random(150));
  }
}
