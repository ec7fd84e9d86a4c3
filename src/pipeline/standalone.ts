import type {
  AccessReader,
  CollectedBatch,
  Collector,
  CommitBatch,
  EventStore,
  SourceCheckpoint,
} from '../core/ports.ts';
import { Correlator } from '../detect/correlate.ts';
import { detect } from '../detect/detect.ts';
import { Channel } from '../lib/channel.ts';
import { HISTORY_CHECKPOINT } from './history.ts';
import { Live, type Route } from './live.ts';
import type { Log } from './log.ts';
import type { Stages } from './observe.ts';
import { restore, wasLive } from './restore.ts';
import { warmUp } from './warm-up.ts';

export interface StandaloneOptions {
  readonly collectors: readonly Collector[];
  readonly stages: Stages;
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly route: Route;
  /** Called after each commit: there may be somebody to tell. */
  readonly onCommit: (batch: CommitBatch) => void;
  readonly latenessMs: number;
  readonly hitsLimit: number;
  readonly clock: () => number;
  readonly log: Log;
}

/** Batches that are read ahead, over all sources. */
const READ_AHEAD = 4;
/** Commits that the store may be behind. */
const COMMITS_IN_FLIGHT = 4;
/** Late events are worked in once the sources have nothing more to read, or after this long. */
const HISTORY_EVERY_MS = 30_000;

interface Item {
  readonly source: string;
  readonly batch: CollectedBatch;
}

/**
 * The whole pipeline in one process: batches of all sources, one after the other, through the pure stages into the
 * store. Ends when the signal says so (after what was taken is durable) or when all sources have ended; throws what
 * broke. Each batch's checkpoint is durable together with its events, so a kill at any moment loses nothing.
 */
export async function runStandalone(options: StandaloneOptions, signal: AbortSignal): Promise<void> {
  const { collectors, stages, store, latenessMs, hitsLimit, clock, log } = options;
  const state = await store.load();
  const correlator = new Correlator(stages.rules.correlations, { latenessMs, hitsLimit });
  correlator.restoreMarks(state.marks);
  const warmed = await warmUp(stages.rules, correlator, store, state.warmed, clock());
  if (warmed.length > 0) log.debug({ rules: warmed }, 'Marked the history of rules that look for something new.');
  const restored = await restore({ rules: stages.rules, correlator, store, latenessMs, nowMs: clock() });
  if (restored > 0) log.debug({ hits: restored }, 'Restored what the rules remembered.');

  const live = new Live({
    stages,
    correlator,
    store,
    route: options.route,
    latenessMs,
    onEvicted: (hits) => log.warn({ hits, limit: hitsLimit }, 'Detector degraded: forgot hits before their time.'),
  });
  const appends = new Appends(clock);
  const commits = new Commits(store, options.onCommit);
  const history = new HistoryTask(options, live, correlator, commits, appends);
  await history.resume(state.checkpoints);
  const checkpoints = new Map(state.checkpoints.map(({ source, checkpoint }) => [source, checkpoint]));
  const channel = new Channel<Item>(READ_AHEAD);
  const reading = Promise.all(
    collectors.map((collector) => collect(collector, checkpoints.get(collector.name), channel, signal)),
  );
  reading.then(
    () => channel.close(),
    (error: unknown) => channel.close({ error }),
  );

  for await (const { source, batch } of channel) {
    commits.check();
    await commits.add(history.mark(await live.process(source, batch, appends.next())));
    history.after(source, batch);
  }
  await history.finish();
  await commits.finish();
}

async function collect(
  collector: Collector,
  checkpoint: CollectedBatch['checkpoint'] | undefined,
  channel: Channel<Item>,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of collector.read(checkpoint, signal)) await channel.push({ source: collector.name, batch });
}

/** Times of appends: the clock's, but each later than the one before, so that each names one batch. */
class Appends {
  readonly #clock: () => number;
  #lastMs = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  next(): number {
    return (this.#lastMs = Math.max(this.#clock(), this.#lastMs + 1));
  }
}

/** Commits in their order, a few at a time in flight; the first that fails is thrown by the next call. */
class Commits {
  readonly #store: EventStore;
  readonly #onCommit: (batch: CommitBatch) => void;
  readonly #inFlight: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(store: EventStore, onCommit: (batch: CommitBatch) => void) {
    this.#store = store;
    this.#onCommit = onCommit;
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async add(batch: CommitBatch): Promise<void> {
    const commit = this.#store.commit(batch).then(
      () => this.#onCommit(batch),
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    this.#inFlight.push(commit);
    if (this.#inFlight.length >= COMMITS_IN_FLIGHT) await this.#inFlight.shift();
    this.check();
  }

  async finish(): Promise<void> {
    await Promise.all(this.#inFlight.splice(0));
    this.check();
  }
}

/** Runs the history lane beside the live one, at most once at a time. */
class HistoryTask {
  readonly #options: StandaloneOptions;
  readonly #live: Live;
  readonly #correlator: Correlator;
  readonly #commits: Commits;
  readonly #appends: Appends;
  readonly #behind: Set<string>;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #lastMs: number;

  constructor(options: StandaloneOptions, live: Live, correlator: Correlator, commits: Commits, appends: Appends) {
    this.#options = options;
    this.#live = live;
    this.#correlator = correlator;
    this.#commits = commits;
    this.#appends = appends;
    this.#behind = new Set(options.collectors.map(({ name }) => name));
    this.#lastMs = options.clock();
  }

  /** Late events that were stored before the restart, but not worked in. */
  async resume(checkpoints: readonly SourceCheckpoint[]): Promise<void> {
    const { store, stages, latenessMs } = this.#options;
    const done = checkpoints.find(({ source }) => source === HISTORY_CHECKPOINT)?.checkpoint;
    const fromMs = typeof done === 'number' ? done + 1 : 0;
    for await (const page of store.events({ appendedMs: [fromMs, Number.MAX_SAFE_INTEGER] })) {
      for (const stored of page) {
        if (!wasLive(stored, latenessMs)) this.#live.history.touch(detect(stages.rules, stored.observation).hits.hits);
      }
    }
  }

  /** While nothing waits to be worked in, each batch says so: a restart then has nothing to look for. */
  mark(batch: CommitBatch): CommitBatch {
    if (!this.#live.history.isEmpty || this.#running !== undefined) return batch;
    const done = { source: HISTORY_CHECKPOINT, checkpoint: batch.appendedMs };
    return { ...batch, checkpoints: [...batch.checkpoints, done] };
  }

  after(source: string, { seenTo }: CollectedBatch): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (seenTo === undefined) this.#behind.add(source);
    else this.#behind.delete(source);
    if (this.#live.history.isEmpty || this.#running !== undefined) return;
    if (this.#behind.size > 0 && this.#options.clock() - this.#lastMs < HISTORY_EVERY_MS) return;
    this.#start();
  }

  async finish(): Promise<void> {
    await this.#running;
    if (!this.#live.history.isEmpty) {
      this.#start();
      await this.#running;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #start(): void {
    this.#running = this.#run()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#running = undefined;
        this.#lastMs = this.#options.clock();
      });
  }

  async #run(): Promise<void> {
    const { store, latenessMs, clock, log } = this.#options;
    // What was touched must be in the store before it is worked out.
    const doneMs = this.#appends.lastMs;
    await this.#commits.finish();
    const recomputed = await this.#live.history.recompute(store, this.#correlator, (clock() - latenessMs) * 1_000);
    const adopted = await this.#live.adopt(recomputed, this.#appends.next());
    await this.#commits.add({ ...adopted, checkpoints: [{ source: HISTORY_CHECKPOINT, checkpoint: doneMs }] });
    log.debug({ alerts: recomputed.alerts.length }, 'Worked late events in.');
  }
}
