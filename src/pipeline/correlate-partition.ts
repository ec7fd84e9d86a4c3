import type { BusBatch, Claim, InMessage, PartitionReader } from '../core/bus.ts';
import type { CommitBatch, StoredState } from '../core/ports.ts';
import { Correlator } from '../detect/correlate.ts';
import type { EpisodeChange } from '../detect/telling.ts';
import { Appends } from './appends.ts';
import { alertChanged } from './begin.ts';
import { joined } from './join-batches.ts';
import { ClosingTask } from './closing-task.ts';
import { Commits, type Committed } from './commits.ts';
import { decodeHits, type RuleIndex } from './hit-message.ts';
import type { HitPlaces } from './hit-places.ts';
import { groupKey } from './history.ts';
import { HistoryTask, workedInMs } from './history-task.ts';
import { Lanes } from './lanes.ts';
import { Live, type Route } from './live.ts';
import type { Loaded } from './load-stages.ts';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';
import { PartitionStore, type StoreBehind } from './partition-store.ts';
import { commitMs, rewindOf } from './rewind.ts';
import type { SourceWatch } from './source-watch.ts';
import type { Topics } from './topics.ts';
import { warmUp } from './warm-up.ts';

export interface CorrelateOptions {
  readonly topics: Topics;
  readonly loaded: Loaded;
  /** undefined: this worker has no store, and late events only meet what is in memory. */
  readonly behind: StoreBehind | undefined;
  /** Resolves when all events and alerts that are published by now are in the store behind. */
  readonly delivered: (signal: AbortSignal) => Promise<void>;
  readonly route: Route;
  /** Names of the sources that must be complete before what did not come is told of. */
  readonly sources: readonly string[];
  readonly latenessMs: number;
  readonly hitsLimit: number;
  readonly clock: () => number;
  readonly log: Log;
  readonly meter?: Pick<Meter, 'correlated'> | undefined;
}

export interface Shared {
  readonly places: HitPlaces;
  readonly index: RuleIndex;
  /** undefined where there is no store behind. */
  readonly sources: SourceWatch | undefined;
}

/** Appends of one millisecond are told apart by later ones: so much before a lane's last append it may have touched more. */
const SLACK_MS = 60_000;
const WRITE_EVERY_MS = 10_000;
/** The name under which the lanes know what comes over the bus. */
const SOURCE = 'hits';

/**
 * One partition of hits. Its memory is the hits that are still in the topic: those before the commit are counted again, and
 * nothing of them is told; what comes after is published, and then committed.
 */
export class CorrelatePartition implements PartitionReader {
  readonly from: ReadonlyMap<string, number>;
  readonly #options: CorrelateOptions;
  readonly #shared: Shared;
  readonly #claim: Claim;
  readonly #store: PartitionStore;
  readonly #state: StoredState;
  readonly #live: Live;
  readonly #correlator: Correlator;
  readonly #commits: Commits;
  readonly #appends: Appends;
  readonly #history: HistoryTask | undefined;
  readonly #closing: ClosingTask | undefined;
  readonly #sources: SourceWatch | undefined;
  readonly #open = new Map<string, EpisodeChange>();
  readonly #committed: number;
  readonly #workedInMs: number;
  /** Event time that the live memory reached back to when it was lost. */
  readonly #reachUs: number;
  #appendedMs = 0;
  #hasBegun = false;
  #writtenMs = Number.NEGATIVE_INFINITY;

  static async open(options: CorrelateOptions, shared: Shared, claim: Claim): Promise<CorrelatePartition> {
    const { topics, loaded, behind, latenessMs, hitsLimit, clock } = options;
    const hits = topics.name('hits');
    const committedMs = await commitMs(claim, hits, clock());
    const sinceMs = committedMs - rewindOf(loaded.stages.rules.correlations, latenessMs);
    const store = await PartitionStore.open({ topics, claim, behind, alertsSinceMs: sinceMs });
    const state = await store.load();
    // What came late and was not worked in may lie further back.
    const unworkedMs = behind === undefined ? sinceMs : Math.max(0, workedInMs(state.checkpoints) - SLACK_MS);
    const from = Math.min(claim.committed(hits), await claim.offsetSince(hits, Math.min(sinceMs, unworkedMs)));
    const own = shared.places.ownOf(new Lanes(loaded.stages.rules).live, claim.partition);
    const correlator = new Correlator(own.correlations, { latenessMs, hitsLimit });
    correlator.restoreMarks(state.marks);
    await warmUp(own, correlator, store, state.warmed, clock());
    const begun = { claim, store, state, correlator, from, committedMs };
    const partition = new CorrelatePartition(options, shared, begun);
    await partition.#resume();
    return partition;
  }

  private constructor(options: CorrelateOptions, shared: Shared, begun: Begun) {
    const { loaded, route, latenessMs, clock, log, behind, delivered } = options;
    const { claim, store, state, correlator, from, committedMs } = begun;
    const hits = options.topics.name('hits');
    this.#options = options;
    this.#shared = shared;
    this.#claim = claim;
    this.#store = store;
    this.#state = state;
    this.#correlator = correlator;
    this.#committed = claim.committed(hits);
    this.#reachUs = (committedMs - latenessMs) * 1_000;
    this.from = new Map([[hits, from]]);
    this.#workedInMs = workedInMs(state.checkpoints) - SLACK_MS;
    const onFailure = (error: unknown): void => claim.fail(error);
    this.#appends = new Appends(() => this.#appendedMs);
    this.#commits = new Commits({ store, onFailure, onCommit: (committed) => this.#tell(committed) });
    const rules = shared.places.ownOf(loaded.stages.rules, claim.partition);
    const lanes = new Lanes(rules);
    this.#live = new Live({
      stages: { ...loaded.stages, rules },
      correlator,
      store,
      route,
      lanes,
      closing: { touch: (hits) => this.#closing?.touch(hits) },
      // Without a store behind, what comes late meets what memory still holds.
      latenessMs: behind === undefined ? Number.POSITIVE_INFINITY : latenessMs,
      onEvicted: (count) => log.warn({ hits: count }, 'Detector degraded: forgot hits before their time.'),
    });
    this.#live.learn(store.published);
    if (behind === undefined || shared.sources === undefined) return;
    const finish = async (): Promise<void> => {
      await this.#commits.finish();
      await delivered(claim.signal);
    };
    const beside = {
      store,
      commits: { add: (batch: CommitBatch) => this.#commits.add(batch), finish },
      appends: this.#appends,
      latenessMs,
      clock,
      log,
      onIdle: () => undefined,
      onFailure,
    };
    this.#history = new HistoryTask({
      ...beside,
      sources: [SOURCE],
      rules: lanes.live,
      live: this.#live,
      correlator,
      isStoreAhead: true,
    });
    const closed = new Set(
      Array.from(lanes.closed).filter((correlation) => {
        return shared.places.partitionOf({ correlation, group: [] }) === claim.partition;
      }),
    );
    if (closed.size === 0) return;
    const { fingerprints } = loaded;
    const { sources } = options;
    const closing = new ClosingTask({ ...beside, rules, fingerprints, lanes: { closed }, sources, isToldAgain: true });
    this.#closing = closing;
    this.#sources = shared.sources;
  }

  async #resume(): Promise<void> {
    if (this.#closing === undefined) return;
    const checkpoints = await this.#closing.resume(this.#state, this.#live);
    if (checkpoints.length > 0) await this.#commits.add({ ...NOTHING, checkpoints, appendedMs: this.#appends.next() });
    this.#sources?.add(this.#hear);
  }

  /** A source was read on, or to its end: and all that was read is in the store. */
  readonly #hear = (source: string, seenTo: string | undefined, newestUs: number | undefined): void => {
    const checkpoint = { source, checkpoint: null, ...(newestUs === undefined ? {} : { newestUs }) };
    this.#closing?.after({ ...NOTHING, checkpoints: [checkpoint] }, seenTo);
  };

  async take(batch: BusBatch): Promise<void> {
    for (const message of batch.messages) {
      if (message.offset >= this.#committed) break;
      this.#replay(message);
    }
    const live = batch.messages.filter(({ offset }) => offset >= this.#committed);
    const last = batch.messages.at(-1);
    if (live.length === 0 && (last === undefined || last.offset < this.#committed - 1)) return;
    await this.#begin();
    if (live.length > 0) await this.#work(live);
    this.#history?.after(SOURCE, {
      records: [],
      rejections: [],
      checkpoint: null,
      ...(batch.isCaughtUp ? { seenTo: new Date(this.#appendedMs).toISOString() } : {}),
    });
  }

  async close(): Promise<void> {
    this.#sources?.remove(this.#hear);
    await Promise.all([this.#history?.stop(), this.#closing?.stop()]);
    await this.#commits.finish();
  }

  #replay(message: InMessage): void {
    const { appendedMs } = message;
    this.#appendedMs = Math.max(this.#appendedMs, appendedMs);
    const changes = this.#live.replay(this.#decode(message), this.#appendedMs, {
      isWorkedIn: appendedMs <= this.#workedInMs,
      isWaiting: appendedMs <= (this.#closing?.appendedMs ?? 0) - SLACK_MS,
      reachUs: this.#reachUs,
    });
    for (const change of changes) this.#open.set(`${groupKey(change)}\u001f${change.episode.opening.eventId}`, change);
  }

  async #work(messages: readonly InMessage[]): Promise<void> {
    const batches: CommitBatch[] = [];
    // Each for itself: whoever reads them again, in whatever batches, tells the same in between, and takes it back.
    for (const message of messages) {
      this.#appendedMs = Math.max(this.#appendedMs, message.appendedMs);
      batches.push(await this.#live.correlate(this.#decode(message), this.#appends.next()));
    }
    const done = joined(batches);
    if (this.#options.behind === undefined) this.#forgetLate();
    const batch = this.#mark(done);
    const nowMs = this.#options.clock();
    // Where a lane goes on may be known a little late: it then looks at more than it had to.
    if (isEmpty({ ...batch, checkpoints: [] }) && nowMs - this.#writtenMs < WRITE_EVERY_MS) return;
    this.#writtenMs = nowMs;
    await this.#commits.add(batch);
    await this.#commits.finish();
  }

  /** All that was committed is in memory again: what changed rules make of it is told now. */
  async #begin(): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { loaded, latenessMs, hitsLimit, clock, log } = this.#options;
    const nowMs = clock();
    const isOpen = ({ correlation, episode, supersededBy }: EpisodeChange): boolean =>
      supersededBy === undefined &&
      episode.last.timeUs / 1_000 + (loaded.stages.rules.correlations[correlation]?.timespanMs ?? 0) >= nowMs;
    const open = Array.from(this.#open.values()).filter(isOpen);
    this.#open.clear();
    const options = { loaded, store: this.#store, state: this.#state, latenessMs, hitsLimit, nowMs, log };
    const begun = { correlator: this.#correlator, hits: 0, open };
    const changed = await alertChanged(options, begun, this.#live);
    await this.#commits.add(this.#mark({ ...(changed ?? NOTHING), appendedMs: this.#appends.next() }));
  }

  /** With where the lanes beside go on. */
  #mark(batch: CommitBatch): CommitBatch {
    const worked = this.#history?.mark(batch) ?? batch;
    return this.#closing?.mark(worked) ?? worked;
  }

  #tell({ alerts }: Committed): void {
    const { partition } = this.#claim;
    const memory = this.#correlator.stats.hits;
    this.#options.meter?.correlated({ alerts: alerts.length, partition, memory });
  }

  #decode(message: InMessage): NonNullable<ReturnType<typeof decodeHits>> {
    const read = message.value === null ? undefined : decodeHits(message.value, this.#shared.index);
    if (read !== undefined) return read;
    const { partition } = this.#claim;
    this.#options.log.warn({ partition, offset: message.offset }, 'Passed over a message that is no list of hits.');
    return [];
  }

  #forgetLate(): void {
    const late = this.#live.history.take().size;
    if (late > 0) this.#options.log.warn({ groups: late }, 'Late events were not worked in: this worker has no store.');
  }
}

const NOTHING: CommitBatch = {
  observations: [],
  rejections: [],
  alerts: [],
  marks: [],
  checkpoints: [],
  notifications: [],
  appendedMs: 0,
};

interface Begun {
  readonly claim: Claim;
  readonly store: PartitionStore;
  readonly state: StoredState;
  readonly correlator: Correlator;
  readonly from: number;
  readonly committedMs: number;
}

function isEmpty({ alerts, marks, checkpoints, notifications }: CommitBatch): boolean {
  return alerts.length + marks.length + checkpoints.length + notifications.length === 0;
}
