import type { CollectedBatch, CommitBatch, EventStore, SourceCheckpoint } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { Correlator } from '../detect/correlate.ts';
import { detect } from '../detect/detect.ts';
import type { Appends } from './appends.ts';
import type { Commits } from './commits.ts';
import type { TouchedGroups } from './history.ts';
import type { Live } from './live.ts';
import type { Log } from './log.ts';
import { recompute } from './recompute.ts';

export interface HistoryTaskOptions {
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly rules: RuleSet;
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly live: Live;
  readonly correlator: Correlator;
  readonly commits: Pick<Commits, 'add' | 'finish'>;
  readonly appends: Appends;
  readonly latenessMs: number;
  /** See RecomputeOptions. */
  readonly isStoreAhead?: boolean | undefined;
  readonly clock: () => number;
  readonly log: Log;
  /** Called when nothing waits to be worked in. */
  readonly onIdle: () => void;
  /** Called at once when it breaks. */
  readonly onFailure: (error: unknown) => void;
}

/** The checkpoint that says up to which append late events are worked in; no source can be called so. */
const CHECKPOINT = '#history';
/** Late events are worked in once the sources have nothing more to read, or after this long. */
const EVERY_MS = 30_000;

/** The last append up to which late events are worked in; -1 where none is known. */
export function workedInMs(checkpoints: readonly SourceCheckpoint[]): number {
  const done = checkpoints.find(({ source }) => source === CHECKPOINT)?.checkpoint;
  return typeof done === 'number' ? done : -1;
}

/** Runs the history lane beside the live one, at most once at a time. */
export class HistoryTask {
  readonly #options: HistoryTaskOptions;
  readonly #behind: Set<string>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** It broke or was stopped: what was touched is only known from the store. */
  #isOver = false;
  #lastMs: number;

  constructor(options: HistoryTaskOptions) {
    this.#options = options;
    this.#behind = new Set(options.sources);
    this.#lastMs = options.clock();
  }

  /** What was stored before the restart, but maybe not worked in. */
  async resume(checkpoints: readonly SourceCheckpoint[]): Promise<void> {
    const { store, rules, live } = this.#options;
    const fromMs = workedInMs(checkpoints) + 1;
    for await (const page of store.events({ appendedMs: [fromMs, Number.MAX_SAFE_INTEGER] })) {
      for (const { observation } of page) live.history.touch(detect(rules, observation).hits.hits);
    }
  }

  /** While nothing waits to be worked in, each batch says so: a restart then has nothing to look for. */
  mark(batch: CommitBatch): CommitBatch {
    if (this.#isOver || this.#running !== undefined || !this.#options.live.history.isEmpty) return batch;
    const done = { source: CHECKPOINT, checkpoint: batch.appendedMs };
    return { ...batch, checkpoints: [...batch.checkpoints, done] };
  }

  /** A batch of the source was given to the store. */
  after(source: string, { seenTo }: CollectedBatch): void {
    if (seenTo === undefined) this.#behind.add(source);
    else this.#behind.delete(source);
    const isDue = this.#behind.size === 0 || this.#options.clock() - this.#lastMs >= EVERY_MS;
    if (isDue) this.#start();
    if (!this.isBusy) this.#options.onIdle();
  }

  /** Sources have more to read, or something of it waits. */
  get isBusy(): boolean {
    return this.#isOver || this.#running !== undefined || !this.#options.live.history.isEmpty || this.#behind.size > 0;
  }

  /** No more batches come: works in what is left. */
  async finish(): Promise<void> {
    await this.#running;
    this.#start();
    while (this.#running !== undefined) await this.#running;
  }

  /** What is left is worked in after the next start. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#stop.abort();
    await this.#running;
  }

  #start(): void {
    const { live, correlator, appends, isStoreAhead, clock, onFailure } = this.#options;
    if (this.#isOver || this.#running !== undefined || live.history.isEmpty) return;
    // From here on the live lane may touch more, which the next time is for, and what it appends may not be read here.
    correlator.hold(appends.lastMs + 1);
    // Where the store is ahead, the last append says what the live lane has seen.
    const nowMs = isStoreAhead === true ? appends.lastMs : clock();
    this.#running = this.#run(live.history.take(), appends.lastMs, nowMs)
      .catch((error: unknown) => {
        this.#isOver = true;
        onFailure(error);
      })
      .finally(() => {
        this.#running = undefined;
        correlator.release();
        this.#lastMs = clock();
        // On a bus nobody may say again that there is nothing more to read.
        if (isStoreAhead === true && this.#behind.size === 0) this.#start();
        this.#options.onIdle();
      });
  }

  /** `doneMs`: the last append that touched something of it. */
  async #run(touched: TouchedGroups, doneMs: number, nowMs: number): Promise<void> {
    const { store, rules, live, correlator, commits, appends, latenessMs, isStoreAhead, log } = this.#options;
    // What was touched must be in the store before it is worked out.
    await commits.finish();
    const { signal } = this.#stop;
    const recomputed = await recompute({
      rules,
      store,
      touched,
      live: correlator,
      latenessMs,
      nowMs,
      isStoreAhead,
      signal,
    });
    if (recomputed === undefined) return;
    const adopted = await live.adopt(recomputed, appends.next());
    await commits.add({ ...adopted, checkpoints: [{ source: CHECKPOINT, checkpoint: doneMs }] });
    log.debug({ alerts: recomputed.alerts.length }, 'Worked late events in.');
  }
}
