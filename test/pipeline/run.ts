import type {
  CollectedBatch,
  Collector,
  CommitBatch,
  CommitReceipt,
  EventRange,
  StoredEvent,
} from '../../src/core/ports.ts';
import type { RawRecord } from '../../src/core/record.ts';
import type { Alert } from '../../src/core/alert.ts';
import { routeAlerts } from '../../src/alerts/routing.ts';
import { readClosingState } from '../../src/pipeline/closing-state.ts';
import type { Loaded } from '../../src/pipeline/load-stages.ts';
import type { Log } from '../../src/pipeline/log.ts';
import type { Stages } from '../../src/pipeline/observe.ts';
import { runStandalone } from '../../src/pipeline/standalone.ts';
import { MemoryStore, type MemoryDisk } from './memory-store.ts';

/** What a source hands on at a time. */
export interface Step {
  readonly source: string;
  readonly records: readonly RawRecord[];
  /** Of the clock. */
  readonly nowMs: number;
  /** There is nothing more to read for now. */
  readonly isCaughtUp: boolean;
}

export interface RunOptions {
  readonly stages: Stages;
  readonly steps: readonly Step[];
  readonly latenessMs: number;
  readonly disk: MemoryDisk;
  /** How many turns of the event loop each call of the store takes; none by default. */
  readonly turns?: Iterator<number> | undefined;
  /** After so many commits the process is killed: what comes later does not become durable. */
  readonly killAfter?: number | undefined;
  /** After so many commits more each, the rules are taken over anew; those at odd places from the store. */
  readonly swaps?: readonly number[];
  readonly hitsLimit?: number;
}

export class Killed extends Error {}

function loadedFrom(stages: Stages, turn: number): Loaded {
  const fingerprints = stages.rules.correlations.map(({ meta }, index): [string, string] => [
    meta.key,
    `${index % 2 === 1 ? turn : 0}`,
  ]);
  return { stages, fingerprints: new Map(fingerprints) };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** One life of the process: from the checkpoints on, until the steps are over or it is killed. */
export async function live(options: RunOptions): Promise<void> {
  const store = new SlowStore(options);
  const driver = new Driver(options, store);
  const swaps = [...(options.swaps ?? [])];
  await runStandalone(
    {
      collectors: driver.collectors,
      loaded: loadedFrom(options.stages, 0),
      changed: async (signal) => {
        const commits = swaps.shift();
        if (commits === undefined) await aborted(signal);
        else await store.isCommitted(commits, signal);
        return signal.aborted ? undefined : loadedFrom(options.stages, swaps.length + 1);
      },
      store,
      route: (opened) => routeAlerts(opened, [{ name: 'sink', level: 'low' }]),
      onCommit: () => undefined,
      latenessMs: options.latenessMs,
      hitsLimit: options.hitsLimit ?? 1_000_000,
      clock: () => driver.nowMs,
      log: SILENT,
    },
    new AbortController().signal,
  );
}

/** Lives, killed after so many commits each, and one to the end. */
export async function lives(options: RunOptions, kills: readonly number[]): Promise<void> {
  for (const killAfter of kills) {
    try {
      await live({ ...options, killAfter });
      return;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
  await live(options);
}

export function alertsOn(disk: MemoryDisk): readonly Alert[] {
  return Array.from(disk.alerts.values());
}

/** So far the sources were complete at last: until then, that nothing came says something. */
export function watchedUs({ checkpoints }: MemoryDisk): number {
  return readClosingState(Array.from(checkpoints.values()))?.closedUs ?? 0;
}

/** Alerts that count and go on from none, and that nobody was told of: neither of them nor of one that became them. */
export function untold(disk: MemoryDisk): readonly Alert[] {
  const told = new Set<string>();
  const tell = (id: string): void => {
    if (told.has(id)) return;
    told.add(id);
    const next = disk.alerts.get(id)?.superseded_by;
    if (next !== undefined) tell(next);
  };
  for (const { alertId } of disk.notifications.values()) tell(alertId);
  return alertsOn(disk).filter(
    ({ id, superseded_by: by, continues }) => by === undefined && continues === undefined && !told.has(id),
  );
}

/** Hands the steps to the pipeline one after the other, each at its time, once the one before was worked on. */
class Driver {
  readonly collectors: readonly Collector[];
  readonly #steps: readonly Step[];
  readonly #store: SlowStore;
  nowMs: number;

  constructor({ steps, disk }: RunOptions, store: SlowStore) {
    this.#steps = steps;
    this.#store = store;
    const done = Array.from(disk.checkpoints.values(), ({ checkpoint, source }) =>
      typeof checkpoint === 'number' && !source.startsWith('#') ? checkpoint : -1,
    );
    store.begun = Math.max(-1, ...done);
    this.nowMs = steps[store.begun + 1]?.nowMs ?? steps.at(-1)?.nowMs ?? 0;
    this.collectors = Array.from(new Set(steps.map(({ source }) => source)), (name) => ({
      name,
      read: (checkpoint, signal) => this.#read(name, typeof checkpoint === 'number' ? checkpoint : -1, signal),
    }));
  }

  async *#read(name: string, after: number, signal: AbortSignal): AsyncGenerator<CollectedBatch> {
    for (const [index, { source, records, nowMs, isCaughtUp }] of this.#steps.entries()) {
      if (source !== name || index <= after) continue;
      await this.#store.isBegun(index - 1, signal);
      if (signal.aborted) return;
      this.nowMs = Math.max(this.nowMs, nowMs);
      yield {
        records,
        rejections: [],
        checkpoint: index,
        ...(isCaughtUp ? { seenTo: new Date(nowMs).toISOString() } : {}),
      };
    }
  }
}

/** Commits in their order, but takes its time for everything, as a store on another thread does. */
class SlowStore extends MemoryStore {
  readonly #turns: Iterator<number> | undefined;
  #left: number;
  #last: Promise<unknown> = Promise.resolve();
  /** The last step whose commit was asked for. */
  begun = -1;
  #committed = 0;
  readonly #counting: (() => void)[] = [];
  #waiting: { readonly step: number; readonly wake: () => void }[] = [];

  constructor({ disk, turns, killAfter }: RunOptions) {
    super(disk, 7);
    this.#turns = turns;
    this.#left = killAfter ?? Number.POSITIVE_INFINITY;
  }

  override commit(batch: CommitBatch): Promise<CommitReceipt> {
    for (const { source, checkpoint } of batch.checkpoints) {
      if (!source.startsWith('#') && typeof checkpoint === 'number') this.#begin(checkpoint);
    }
    const done = this.#last.then(async () => {
      await this.#pause();
      this.#left -= 1;
      if (this.#left < 0) throw new Killed();
      const receipt = await super.commit(batch);
      this.#committed += 1;
      for (const resolve of this.#counting.splice(0)) resolve();
      return receipt;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  override async *events(range: EventRange): AsyncGenerator<readonly StoredEvent[]> {
    for await (const page of super.events(range)) {
      yield page;
      await this.#pause();
    }
  }

  override async alerts(...question: Parameters<MemoryStore['alerts']>): ReturnType<MemoryStore['alerts']> {
    await this.#pause();
    return super.alerts(...question);
  }

  override async eventsById(...question: Parameters<MemoryStore['eventsById']>): ReturnType<MemoryStore['eventsById']> {
    await this.#pause();
    return super.eventsById(...question);
  }

  /** Resolves when the commit of the step was asked for, or with the signal. */
  async isBegun(step: number, signal: AbortSignal): Promise<void> {
    if (step <= this.begun || signal.aborted) return;
    await new Promise<void>((wake) => {
      this.#waiting.push({ step, wake });
      signal.addEventListener('abort', () => wake(), { once: true });
    });
  }

  /** Resolves after so many commits more, or with the signal. */
  async isCommitted(count: number, signal: AbortSignal): Promise<void> {
    const from = this.#committed;
    while (this.#committed < from + count && !signal.aborted) {
      await Promise.race([new Promise<void>((resolve) => this.#counting.push(resolve)), aborted(signal)]);
    }
  }

  #begin(step: number): void {
    this.begun = Math.max(this.begun, step);
    const due = this.#waiting.filter((waiting) => waiting.step <= this.begun);
    this.#waiting = this.#waiting.filter((waiting) => waiting.step > this.begun);
    for (const { wake } of due) wake();
  }

  async #pause(): Promise<void> {
    const turns = this.#turns?.next().value ?? 0;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
