import { routeAlerts } from '../../src/alerts/routing.ts';
import { Appends } from '../../src/pipeline/appends.ts';
import { correlateStage } from '../../src/pipeline/correlate-stage.ts';
import { deliverStage } from '../../src/pipeline/deliver-stage.ts';
import { detectStage } from '../../src/pipeline/detect-stage.ts';
import type { Log } from '../../src/pipeline/log.ts';
import type { Stages } from '../../src/pipeline/observe.ts';
import { encodeRecord, SEPARATOR } from '../../src/pipeline/raw-message.ts';
import { Topics } from '../../src/pipeline/topics.ts';
import { MemoryBroker, MemoryBus } from '../bus/memory-bus.ts';
import { MemoryStore, type MemoryDisk } from './memory-store.ts';
import type { Step } from './run.ts';

export interface ClusterRunOptions {
  readonly stages: Stages;
  readonly steps: readonly Step[];
  readonly latenessMs: number;
  readonly disk: MemoryDisk;
  readonly random: Iterator<number>;
  /** false: who correlates cannot look into the store. */
  readonly hasStore: boolean;
  /** What is to come has come. */
  readonly isDone: () => boolean;
}

const WORKERS = 2;
const SETTLE_MS = 20_000;
const topics = new Topics('laws', 3);

/** Hands the steps to a cluster in memory, whose workers are killed and whose groups are shaken on the way. */
export async function runCluster(options: ClusterRunOptions): Promise<void> {
  const { steps, random, hasStore, isDone } = options;
  const below = (bound: number): number => Number(random.next().value) % bound;
  let nowMs = steps[0]?.nowMs ?? 0;
  const broker = new MemoryBroker({ partitions: topics.partitions, clock: () => nowMs, batchOf: () => 1 + below(5) });
  const stop = new AbortController();
  const start = (): Worker => startWorker(options, broker, () => nowMs, stop.signal);
  const workers = Array.from({ length: WORKERS }, start);
  const feeder = new MemoryBus(broker);
  for (const { records, nowMs: atMs } of steps) {
    nowMs = Math.max(nowMs, atMs);
    const value = Buffer.from(records.map(encodeRecord).join(SEPARATOR));
    const message = { topic: topics.name('raw'), partition: below(topics.partitions), value };
    // What was published and not written down is published again.
    await feeder.publish(below(6) === 0 ? [message, message] : [message]);
    const index = below(WORKERS);
    const trouble = below(8);
    if (trouble === 0) {
      await turns(below(20));
      await workers[index]?.bus.kill();
      workers[index] = start();
    } else if (trouble === 1) await broker.rebalance(topics.group(below(2) === 0 ? 'correlate' : 'detect'));
    if (hasStore && trouble < 5) await turns(below(10));
    // Hits that are appended later than their events came are late, which is for the store.
    else await quiet(feeder);
  }
  await quiet(feeder);
  for (const end = Date.now() + SETTLE_MS; Date.now() < end && !isDone();) await turns(1);
  stop.abort();
  await Promise.all(workers.map(({ working }) => working));
}

interface Worker {
  readonly bus: MemoryBus;
  readonly working: Promise<unknown>;
}

function startWorker(
  options: ClusterRunOptions,
  broker: MemoryBroker,
  clock: () => number,
  signal: AbortSignal,
): Worker {
  const { stages, disk, latenessMs, hasStore } = options;
  const bus = new MemoryBus(broker);
  const store = new MemoryStore(disk, 7);
  const fingerprints = new Map(stages.rules.correlations.map(({ meta }): [string, string] => [meta.key, '0']));
  const members = [
    detectStage({ topics, stages }),
    correlateStage({
      topics,
      loaded: { stages, fingerprints },
      behind: hasStore ? store : undefined,
      delivered: (over) => passedQuickly(bus, 'deliver', ['events', 'alerts'], over),
      route: (opened) => routeAlerts(opened, [{ name: 'sink', level: 'low' }]),
      sources: [],
      latenessMs,
      hitsLimit: 1_000_000,
      clock,
      log: SILENT,
    }),
    deliverStage({ topics, store, appends: new Appends(clock), onCommit: () => undefined }),
  ];
  return { bus, working: Promise.all(members.map((member) => bus.consume(member, signal))) };
}

async function quiet(bus: MemoryBus): Promise<void> {
  await passedQuickly(bus, 'detect', ['raw']);
  await passedQuickly(bus, 'correlate', ['hits']);
  await passedQuickly(bus, 'deliver', ['events', 'alerts']);
}

async function passedQuickly(
  bus: MemoryBus,
  role: string,
  names: readonly ('raw' | 'hits' | 'events' | 'alerts')[],
  over?: AbortSignal,
): Promise<void> {
  for (const name of names) {
    const ends = await bus.bounds(topics.name(name));
    const isPassed = async (): Promise<boolean> => {
      const committed = await bus.committed(topics.group(role), topics.name(name));
      return ends.every(({ end }, partition) => (committed[partition] ?? 0) >= end);
    };
    while (!(await isPassed())) {
      if (over?.aborted === true) return;
      await turns(1);
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
