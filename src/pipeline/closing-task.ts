import { performance } from 'node:perf_hooks';
import type { Hit } from '../core/hit.ts';
import type { Alert } from '../core/alert.ts';
import type { CommitBatch, EventStore, SourceCheckpoint, StoredState } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { detect } from '../detect/detect.ts';
import type { Appends } from './appends.ts';
import { closeRule } from './close-rule.ts';
import { Closing, type WaitingGroups } from './closing.ts';
import type { ClosingRule } from './closing-rule.ts';
import { closingCheckpoint, readClosingState, type RuleState } from './closing-state.ts';
import type { Commits } from './commits.ts';
import { Completeness } from './completeness.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Lanes } from './lanes.ts';
import type { Live } from './live.ts';
import type { Log } from './log.ts';

export interface ClosingTaskOptions {
  readonly rules: RuleSet;
  readonly fingerprints: Fingerprints;
  readonly lanes: Pick<Lanes, 'closed'>;
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly commits: Pick<Commits, 'add' | 'finish'>;
  readonly appends: Appends;
  /** What was appended since what waits was written down is told again: the store is not asked for it. */
  readonly isToldAgain?: boolean;
  readonly latenessMs: number;
  readonly clock: () => number;
  readonly log: Log;
  /** Called when nothing is due any more. */
  readonly onIdle: () => void;
  /** Called at once when it breaks. */
  readonly onFailure: (error: unknown) => void;
}

/** Groups of a rule that may wait, each for itself. */
const GROUPS_LIMIT = 20_000;
/** What is closed is looked at this often where no source says anything. */
const TICK_MS = 10_000;
/** Between two rounds, at least; and so many times as long as the last one took. */
const PAUSE_MS = 5_000;
const PAUSE_TIMES = 10;
/** Sources that are behind for so long are told of. */
const HELD_UP_MS = 3_600_000;
/** What waits is written down this often, so that a restart reads few events. */
const WRITE_EVERY_MS = 30_000;

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
  /** Those that wait, by their keys. */
  readonly #rules = new Map<string, Omit<RuleState, 'waiting'>>();
  #running: Promise<void> | undefined;
  /** It broke or was stopped: what waits is only known from the store. */
  #isOver = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #heldSinceMs: number | undefined;
  #writtenMs = Number.NEGATIVE_INFINITY;
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
    this.#ticks = setInterval(() => this.#start(), TICK_MS).unref();
  }

  /** What was stored before the start, but not worked out. Returns what has to become durable before anything else. */
  async resume(stored: StoredState, live: Pick<Live, 'close'>): Promise<readonly SourceCheckpoint[]> {
    const { rules, clock } = this.#options;
    this.#live = live;
    for (const { newestUs } of stored.checkpoints) this.#newestUs = Math.max(this.#newestUs, newestUs ?? 0);
    const before = readClosingState(stored.checkpoints);
    const isFresh = stored.checkpoints.length === 0;
    const nowMs = clock();
    if (before?.closedUs !== undefined) this.#waiting.closedUs = before.closedUs;
    const asked = new Map<number, number>();
    for (const [index, { meta, timespanMs }] of rules.correlations.entries()) {
      const rule = this.#waiting.rules[index];
      const fingerprint = this.#options.fingerprints.get(meta.key) ?? '';
      if (rule === undefined) continue;
      const known = before?.rules.get(meta.key);
      const isSame = known?.fingerprint === fingerprint;
      this.#rules.set(meta.key, { fingerprint, sinceMs: isSame ? known.sinceMs : isFresh ? 0 : nowMs });
      if (isSame) this.#waiting.restore(index, known.waiting);
      else if (!isFresh) asked.set(index, this.#openUs(rule, timespanMs, nowMs, known));
    }
    // Where no rule waited before, what was stored then is not for those that are new.
    const doneMs = before === undefined || before.rules.size === 0 ? nowMs : before.appendedMs;
    this.#appendedMs = isFresh ? 0 : doneMs;
    await this.#touchStored(asked);
    return this.#rules.size === 0 && (before?.rules.size ?? 0) === 0 ? [] : [this.#checkpoint()];
  }

  /** A rule that is new or changed is asked of what is still open, and of what its old self waited for. */
  #openUs(rule: ClosingRule, timespanMs: number, nowMs: number, before: RuleState | undefined): number {
    const openUs = (nowMs - this.#options.latenessMs - timespanMs) * 1_000;
    const { closedUs } = this.#waiting;
    const reachedUs = Math.min(openUs, Number.isFinite(closedUs) ? closedUs : openUs) - rule.reachUs;
    return Math.min(reachedUs, ...Array.from(before?.waiting.values() ?? [], ({ fromUs }) => fromUs));
  }

  /** What was appended since what waits was written down. `asked`: by index, rules that ask of what is older, from then on. */
  async #touchStored(asked: ReadonlyMap<number, number>): Promise<void> {
    const { rules, store } = this.#options;
    if (this.#rules.size === 0) return;
    let appendedMs = this.#appendedMs;
    const since = [appendedMs + 1, Number.MAX_SAFE_INTEGER] as const;
    for await (const page of this.#options.isToldAgain === true ? [] : store.events({ appendedMs: since })) {
      for (const { observation, appendedMs: at } of page) {
        this.#waiting.touch(hitsOf(rules, observation));
        appendedMs = Math.max(appendedMs, at);
      }
    }
    this.#appendedMs = appendedMs;
    if (asked.size === 0) return;
    const fromUs = Math.min(...asked.values());
    for await (const page of store.events({ timeUs: [fromUs, Number.MAX_SAFE_INTEGER] })) {
      for (const { observation } of page) {
        const isAsked = (index: number): boolean => observation.timeUs >= (asked.get(index) ?? Infinity);
        this.#waiting.touch(hitsOf(rules, observation), isAsked);
      }
    }
  }

  /** Hits of the batch in hand. */
  touch(hits: readonly Hit[]): void {
    if (this.#rules.size > 0) this.#fresh.push(hits);
  }

  /** The batch in hand is about to be given to the store: what it touches waits, which is written down now and then. */
  mark(batch: CommitBatch): CommitBatch {
    for (const hits of this.#fresh.splice(0)) this.#waiting.touch(hits);
    this.#appendedMs = batch.appendedMs;
    if (this.#isOver || this.#running !== undefined || this.#rules.size === 0) return batch;
    const nowMs = this.#options.clock();
    if (!this.#waiting.isEmpty && nowMs - this.#writtenMs < WRITE_EVERY_MS) return batch;
    this.#writtenMs = nowMs;
    return { ...batch, checkpoints: [...batch.checkpoints, this.#checkpoint()] };
  }

  /** A batch was given to the store. */
  after({ checkpoints }: CommitBatch, seenTo: string | undefined): void {
    const [of] = checkpoints;
    if (of === undefined) return;
    this.#newestUs = Math.max(this.#newestUs, of.newestUs ?? 0);
    this.#completeness.heard(of.source, seenTo, this.#options.clock());
    this.#start();
  }

  /** Nothing more comes of this source. */
  ended(source: string): void {
    this.#completeness.ended(source);
  }

  /** The last append whose hits wait, or are worked out. */
  get appendedMs(): number {
    return this.#appendedMs;
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
    this.#tellHeld(closedUs === undefined, nowMs);
    if (closedUs === undefined || this.#completeness.isOver) return;
    this.#waiting.closedUs = closedUs;
    if (nowMs >= this.#notBeforeMs && this.#waiting.isDue) this.#runNow();
  }

  #runNow(): void {
    const { clock, onIdle, onFailure } = this.#options;
    const startedAt = performance.now();
    this.#running = this.#run(this.#waiting.take(), this.#waiting.closedUs)
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

  async #run(due: ReadonlyMap<number, WaitingGroups>, closedUs: number): Promise<void> {
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
    await commits.add({ ...batch, checkpoints: [this.#checkpoint()] });
    log.debug({ rules: due.size, alerts: alerts.length }, 'Worked closed windows out.');
  }

  /** Of now: only while no round is under way, or together with what it made. */
  #checkpoint(): SourceCheckpoint {
    const { closedUs } = this.#waiting;
    const knownUs = Number.isFinite(closedUs) ? closedUs : this.#newestUs;
    const rules = new Map<string, RuleState>();
    for (const [index, { meta }] of this.#options.rules.correlations.entries()) {
      const rule = this.#rules.get(meta.key);
      if (rule !== undefined) rules.set(meta.key, { ...rule, waiting: this.#waiting.of(index) });
    }
    return closingCheckpoint({
      appendedMs: this.#appendedMs,
      closedUs: closedUs === Number.NEGATIVE_INFINITY ? undefined : knownUs,
      rules,
    });
  }

  /** Once for each time that it takes so long. */
  #tellHeld(isHeld: boolean, nowMs: number): void {
    if (!isHeld) this.#heldSinceMs = undefined;
    else if (this.#heldSinceMs === undefined) this.#heldSinceMs = nowMs;
    else if (nowMs - this.#heldSinceMs >= HELD_UP_MS) {
      this.#heldSinceMs = Number.POSITIVE_INFINITY;
      const sources = this.#completeness.behind(nowMs);
      this.#options.log.warn({ sources }, 'Sources are behind for an hour: rules that wait for them say nothing yet.');
    }
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
