import { performance } from 'node:perf_hooks';
import type { Hit } from '../core/hit.ts';
import type { Alert } from '../core/alert.ts';
import type { AccessReader, CommitBatch, EventStore, SourceCheckpoint, StoredState } from '../core/ports.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { detect } from '../detect/detect.ts';
import type { Appends } from './appends.ts';
import { closeRule } from './close-rule.ts';
import { Closing, type WaitingGroups } from './closing.ts';
import { closingCheckpoint, readClosingState, type ClosingState, type RuleState } from './closing-state.ts';
import type { Commits } from './commits.ts';
import { Completeness } from './completeness.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Lanes } from './lanes.ts';
import type { Live } from './live.ts';
import type { Log } from './log.ts';

export interface ClosingTaskOptions {
  readonly rules: RuleSet;
  readonly fingerprints: Fingerprints;
  readonly lanes: Lanes;
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly commits: Commits;
  readonly appends: Appends;
  readonly latenessMs: number;
  readonly clock: () => number;
  readonly log: Log;
  /** Called when nothing is due any more. */
  readonly onIdle: () => void;
  /** Called at once when it breaks. */
  readonly onFailure: (error: unknown) => void;
}

/** Groups of a rule that may wait, each for itself. */
const GROUPS_LIMIT = 100_000;
/** What is closed is looked at this often where no source says anything. */
const TICK_MS = 10_000;
/** Between two rounds, at least; and so many times as long as the last one took. */
const PAUSE_MS = 5_000;
const PAUSE_TIMES = 10;

/**
 * Runs the closed lane beside the live one: rules that ask what did not come are worked out from the store, once every
 * source is complete past their time.
 */
export class ClosingTask {
  readonly #waiting: Closing;
  readonly #options: ClosingTaskOptions;
  readonly #completeness: Completeness;
  readonly #stop = new AbortController();
  readonly #ticks: NodeJS.Timeout;
  readonly #mute = new Set<string>();
  #live: Pick<Live, 'close'> | undefined;
  #rules: ReadonlyMap<string, RuleState> = new Map();
  #running: Promise<void> | undefined;
  /** It broke or was stopped: what waits is only known from the store. */
  #isOver = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #newestUs = Number.NEGATIVE_INFINITY;
  /** Hits of the batch in hand: what waits must be on its way to the store. */
  #fresh: (readonly Hit[])[] = [];
  /** The last append whose hits wait, or are worked out. */
  #appendedMs = 0;

  constructor(options: ClosingTaskOptions) {
    this.#options = options;
    const { rules, lanes, sources, latenessMs, clock, log } = options;
    this.#completeness = new Completeness({ sources, latenessMs, nowMs: clock() });
    this.#waiting = new Closing(rules.correlations, lanes.closed, GROUPS_LIMIT, ({ meta }) =>
      log.warn(
        { rule: meta.title, limit: GROUPS_LIMIT },
        'More groups of a rule wait than are remembered; all of its groups are worked out together.',
      ),
    );
    this.#ticks = setInterval(() => this.#start(), TICK_MS);
  }

  /** What was stored before the start, but not worked out. Returns what has to become durable before anything else. */
  async resume(stored: StoredState, live: Pick<Live, 'close'>): Promise<readonly SourceCheckpoint[]> {
    const { rules, fingerprints, latenessMs, clock } = this.#options;
    this.#live = live;
    for (const { newestUs } of stored.checkpoints) this.#newestUs = Math.max(this.#newestUs, newestUs ?? 0);
    const before = readClosingState(stored.checkpoints);
    const isFresh = stored.checkpoints.length === 0;
    const nowMs = clock();
    const states = new Map<string, RuleState>();
    for (const [index, { meta, timespanMs }] of rules.correlations.entries()) {
      const rule = this.#waiting.rules[index];
      const fingerprint = fingerprints.get(meta.key) ?? '';
      if (rule === undefined) continue;
      const known = before?.rules.get(meta.key);
      // What is still open, and what other rules wait for as well.
      const openUs = (nowMs - latenessMs - timespanMs) * 1_000;
      const fromUs = Math.min(openUs, before?.closedUs ?? openUs) - rule.reachUs;
      if (known?.fingerprint === fingerprint) states.set(meta.key, known);
      else states.set(meta.key, isFresh ? { fingerprint, sinceMs: 0 } : { fingerprint, sinceMs: nowMs, fromUs });
    }
    this.#rules = states;
    // Where no rule waited before, what was stored then is not for those that are new.
    const doneMs = before === undefined || before.rules.size === 0 ? nowMs : before.appendedMs;
    const state: ClosingState = { appendedMs: isFresh ? 0 : doneMs, closedUs: before?.closedUs, rules: states };
    this.#appendedMs = state.appendedMs;
    if (state.closedUs !== undefined) this.#waiting.closedUs = state.closedUs;
    await this.#touchStored(state);
    const isSame = before?.rules.size === states.size && Array.from(states).every(([key, one]) => before.rules.get(key) === one);
    return isSame || (before === undefined && states.size === 0) ? [] : [closingCheckpoint(state)];
  }

  async #touchStored({ appendedMs, closedUs = Number.NEGATIVE_INFINITY, rules: states }: ClosingState): Promise<void> {
    const { rules, store } = this.#options;
    if (states.size === 0) return;
    const stateOf = (index: number): RuleState | undefined => states.get(rules.correlations[index]?.meta.key ?? '');
    for await (const page of store.events({ appendedMs: [appendedMs + 1, Number.MAX_SAFE_INTEGER] })) {
      for (const { observation } of page) this.#waiting.touch(hitsOf(rules, observation));
    }
    const fromOf = (index: number): number =>
      stateOf(index)?.fromUs ?? closedUs - (this.#waiting.rules[index]?.reachUs ?? 0);
    const indices = Array.from(rules.correlations.keys()).filter((index) => stateOf(index) !== undefined);
    const fromUs = Math.min(...indices.map(fromOf));
    if (fromUs === Number.NEGATIVE_INFINITY) return;
    for await (const page of store.events({ timeUs: [fromUs, Number.MAX_SAFE_INTEGER] })) {
      for (const { observation } of page) {
        this.#waiting.touch(hitsOf(rules, observation), (index) => observation.timeUs >= fromOf(index));
      }
    }
  }

  /** Hits of the batch in hand. */
  touch(hits: readonly Hit[]): void {
    if (this.#rules.size > 0) this.#fresh.push(hits);
  }

  /** While nothing waits, each batch says so: a restart then has nothing to look for. */
  mark(batch: CommitBatch): CommitBatch {
    if (this.#isOver || this.#running !== undefined || this.#rules.size === 0 || !this.#waiting.isEmpty) return batch;
    if (this.#waiting.isTouchedBy(this.#fresh)) return batch;
    this.#forgetFrom();
    return { ...batch, checkpoints: [...batch.checkpoints, this.#checkpoint(batch.appendedMs)] };
  }

  /** A batch was given to the store. */
  after({ checkpoints, appendedMs }: CommitBatch, seenTo: string | undefined): void {
    const [of] = checkpoints;
    if (of === undefined) return;
    for (const hits of this.#fresh.splice(0)) this.#waiting.touch(hits);
    this.#appendedMs = appendedMs;
    this.#newestUs = Math.max(this.#newestUs, of.newestUs ?? 0);
    this.#completeness.heard(of.source, seenTo, this.#options.clock());
    this.#start();
  }

  /** Nothing more comes of this source. */
  ended(source: string): void {
    this.#completeness.ended(source);
  }

  /** Something is due. */
  get isBusy(): boolean {
    return this.#running !== undefined || this.#waiting.isDue;
  }

  /** All sources have ended: whatever waits is worked out. */
  async finish(): Promise<void> {
    await this.#running;
    if (this.#isOver || this.#waiting.isEmpty) return;
    this.#newestUs = Math.max(this.#newestUs, this.#waiting.closedUs);
    this.#waiting.closedUs = Number.POSITIVE_INFINITY;
    this.#runNow();
    await this.#running;
  }

  /** What is left is worked out after the next start. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#ticks);
    this.#stop.abort();
    await this.#running;
  }

  #start(): void {
    if (this.#isOver || this.#running !== undefined || this.#waiting.isEmpty) return;
    const nowMs = this.#options.clock();
    this.#tellMute(nowMs);
    const closedUs = this.#completeness.closedUs(nowMs);
    if (closedUs === undefined || this.#completeness.isOver) return;
    this.#waiting.closedUs = closedUs;
    if (nowMs >= this.#notBeforeMs && this.#waiting.isDue) this.#runNow();
  }

  #runNow(): void {
    const { clock, onIdle, onFailure } = this.#options;
    const startedAt = performance.now();
    this.#running = this.#run(this.#waiting.take(), this.#waiting.closedUs, this.#appendedMs)
      .catch((error: unknown) => {
        this.#isOver = true;
        onFailure(error);
      })
      .finally(() => {
        this.#running = undefined;
        this.#notBeforeMs = clock() + Math.max(PAUSE_MS, PAUSE_TIMES * (performance.now() - startedAt));
        onIdle();
      });
  }

  /** `doneMs`: the last append that made something wait of it. */
  async #run(due: ReadonlyMap<number, WaitingGroups>, closedUs: number, doneMs: number): Promise<void> {
    const { rules, store, commits, appends, log } = this.#options;
    // What waited must be in the store before it is worked out.
    await commits.finish();
    const untilUs = Number.isFinite(closedUs) ? closedUs : this.#newestUs;
    const alerts: Alert[] = [];
    const stored: Alert[] = [];
    for (const [correlation, waiting] of due) {
      const closing = this.#waiting.rules[correlation];
      const key = rules.correlations[correlation]?.meta.key ?? '';
      const sinceMs = this.#rules.get(key)?.sinceMs ?? Number.POSITIVE_INFINITY;
      if (closing === undefined) continue;
      const { signal } = this.#stop;
      const horizon = { closedUs, untilUs };
      const worked = await closeRule({ rules, correlation, closing, waiting, store, sinceMs, ...horizon, signal });
      if (worked === undefined) return;
      alerts.push(...worked.alerts);
      stored.push(...worked.stored);
    }
    const batch = await this.#live?.close(alerts, stored, appends.next());
    if (batch === undefined) return;
    this.#forgetFrom();
    await commits.add({ ...batch, checkpoints: [this.#checkpoint(doneMs)] });
    log.debug({ rules: due.size, alerts: alerts.length }, 'Worked closed windows out.');
  }

  /** New rules were asked of what they missed. */
  #forgetFrom(): void {
    this.#rules = new Map(Array.from(this.#rules, ([key, { fromUs: _, ...state }]) => [key, state]));
  }

  #checkpoint(appendedMs: number): SourceCheckpoint {
    const known = Number.isFinite(this.#waiting.closedUs) ? this.#waiting.closedUs : this.#newestUs;
    const closedUs = this.#waiting.closedUs === Number.NEGATIVE_INFINITY ? undefined : known;
    return closingCheckpoint({ appendedMs, closedUs, rules: this.#rules });
  }

  #tellMute(nowMs: number): void {
    const mute = this.#completeness.mute(nowMs);
    for (const source of this.#mute) if (!mute.includes(source)) this.#mute.delete(source);
    for (const source of mute) {
      if (this.#mute.has(source)) continue;
      this.#mute.add(source);
      this.#options.log.warn({ source }, 'Nothing is heard of a source: rules that wait for it wait no longer.');
    }
  }
}

function hitsOf(rules: RuleSet, observation: Parameters<typeof detect>[1]): readonly Hit[] {
  return detect(rules, observation).hits.hits;
}
