import type { Alert } from '../core/alert.ts';
import type { CollectedBatch, CommitBatch, EventStore, NotificationKey, SourceCheckpoint } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { Observation } from '../core/event.ts';
import type { Hit } from '../core/hit.ts';
import type { Rejection } from '../core/record.ts';
import type { EpisodeChange } from '../detect/telling.ts';
import type { Correlator, Correlated, EventHits } from '../detect/correlate.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import { AlertWriter } from './alert-writer.ts';
import { alertOfGap } from './gap-alert.ts';
import { Heard } from './heard.ts';
import type { CoverageWatch } from './coverage-watch.ts';
import type { HitEvent } from './hit-message.ts';
import { History } from './history.ts';
import type { Lanes } from './lanes.ts';
import { observe, type Stages } from './observe.ts';
import { supersededIn, type Recomputed, type Stored } from './recompute.ts';
import { Revisions } from './revisions.ts';
import { lastOfEach } from './warm-up.ts';

/** Who has to be told of alerts that were just opened. */
export type Route = (opened: readonly Alert[], nowMs: number) => readonly NotificationKey[];

export interface Replayed {
  /** What of the hits came late was worked in. */
  readonly isWorkedIn: boolean;
  /** What of them has to wait for its time does. */
  readonly isWaiting: boolean;
  /** Event time: of what came late and was worked in, what reaches this is taken over from the store once more. */
  readonly reachUs: number;
}

export interface LiveOptions {
  readonly stages: Stages;
  readonly correlator: Correlator;
  readonly store: Pick<EventStore, 'eventsById'> & Pick<AccessReader, 'alerts'>;
  readonly route: Route;
  readonly lanes: Lanes;
  /** Is told of the hits of each event that has some: a few only count once their time is closed. */
  readonly closing: { touch(hits: readonly Hit[]): void };
  /** Says what did not come. */
  readonly coverage?: CoverageWatch | undefined;
  readonly latenessMs: number;
  /** Hits were forgotten before their time: the rules may miss something. */
  readonly onEvicted: (hits: number) => void;
}

/** Turns collected batches, and what other lanes worked out, into what has to become durable, in the order of the calls. */
export class Live {
  readonly #options: LiveOptions;
  readonly #writer: AlertWriter;
  readonly #heard: Heard;
  readonly #revisions: Revisions;
  readonly #calls = new OneAtATime();
  readonly history: History;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#writer = new AlertWriter(options.stages.rules, options.store);
    this.#heard = new Heard(options.store);
    this.#revisions = new Revisions(options.store);
    this.history = new History(options.stages.rules.correlations);
  }

  /** `nowMs`: the time of the append. */
  process(source: string, batch: CollectedBatch, nowMs: number): Promise<CommitBatch> {
    return this.#calls.run(() => this.#process(source, batch, nowMs));
  }

  /** Hits that came over the bus, in the order in which they were appended. */
  correlate(events: readonly HitEvent[], nowMs: number): Promise<CommitBatch> {
    return this.#calls.run(() => this.#correlate(events, nowMs));
  }

  /** Hits that were worked on before a restart: the memory has them again, and nothing is told. Returns what changed. */
  replay(
    events: readonly HitEvent[],
    nowMs: number,
    { isWorkedIn, isWaiting, reachUs }: Replayed,
  ): readonly EpisodeChange[] {
    const { correlator, closing, latenessMs } = this.#options;
    const liveFromUs = (nowMs - latenessMs) * 1_000;
    for (const { eventId, timeUs, hits, touches, shown } of events) {
      if (!isWaiting && touches.length > 0) closing.touch(touches);
      if (!isWorkedIn) this.history.touch(hits);
      else if (timeUs < liveFromUs) this.history.touchReaching(hits, reachUs);
      if (shown !== undefined) this.#writer.show(eventId, shown);
    }
    return correlator.restore(events, nowMs);
  }

  /** Alerts as they were published. */
  learn(alerts: readonly Alert[]): void {
    this.#heard.learn(alerts);
    this.#revisions.learn(alerts);
  }

  /** What the history lane worked out, with what it changes in the live memory. */
  adopt(recomputed: Recomputed, nowMs: number): Promise<CommitBatch> {
    return this.#calls.run(() => this.#adopt(recomputed, nowMs));
  }

  /** What was worked out of rules whose time is closed; `stored` are the alerts that they had made before. */
  close(alerts: readonly Alert[], stored: readonly Alert[], nowMs: number): Promise<CommitBatch> {
    return this.#calls.run(() => this.#tell(alerts, stored, new Set(unknown(alerts, stored)), nowMs));
  }

  /** What changed rules make of the hits that are there: `stored` are the alerts that they had made before. */
  open(changes: readonly EpisodeChange[], stored: readonly Stored[], nowMs: number): Promise<CommitBatch> {
    return this.#calls.run(() => this.#open(changes, stored, nowMs));
  }

  async #process(source: string, batch: CollectedBatch, nowMs: number): Promise<CommitBatch> {
    const { stages, correlator, lanes, closing, coverage, latenessMs } = this.#options;
    const observations: Observation[] = [];
    const rejections: Rejection[] = [...batch.rejections];
    const live: EventHits[] = [];
    const past: EventHits[] = [];
    const liveFromUs = (nowMs - latenessMs) * 1_000;
    let newestUs = 0;
    for (const record of batch.records) {
      const observed = observe(record, stages);
      if (!observed.ok) {
        rejections.push(observed.error);
        continue;
      }
      const { observation, hits: all } = observed.value;
      coverage?.see(observation);
      observations.push(observation);
      newestUs = Math.max(newestUs, observation.timeUs);
      if (all.hits.length === 0) continue;
      closing.touch(all.hits);
      const { eventId } = all;
      const hits: EventHits = { eventId, hits: lanes.liveHits(all.hits) };
      if (hits.hits.length === 0) continue;
      if (observation.timeUs < liveFromUs) {
        past.push(hits);
        continue;
      }
      // Of copies with other timestamps the first is stored and shown.
      if (!correlator.knows(eventId)) this.#writer.remember(observed.value);
      live.push(hits);
    }
    const covered = coverage?.finish(source, batch, nowMs);
    const gaps = [...(batch.gaps ?? []), ...(covered?.gaps ?? [])];
    const { alerts, marks, notifications } = await this.#count(live, past, nowMs, gaps.flatMap(alertOfGap));
    const checkpoint: SourceCheckpoint = {
      source,
      checkpoint: batch.checkpoint,
      ...(batch.seenTo === undefined ? {} : { seenTo: batch.seenTo }),
      ...(newestUs === 0 ? {} : { newestUs }),
    };
    return {
      observations,
      rejections,
      alerts,
      marks,
      checkpoints: [checkpoint, ...(covered?.checkpoints ?? [])],
      ...(gaps.length === 0 ? {} : { gaps }),
      notifications,
      appendedMs: nowMs,
    };
  }

  async #correlate(events: readonly HitEvent[], nowMs: number): Promise<CommitBatch> {
    const { live, past } = this.#sort(events, nowMs);
    return { ...NOTHING, ...(await this.#count(live, past, nowMs)), appendedMs: nowMs };
  }

  /** By whether the live memory reaches them. */
  #sort(events: readonly HitEvent[], nowMs: number): { readonly live: EventHits[]; readonly past: EventHits[] } {
    const { correlator, closing, latenessMs } = this.#options;
    const live: EventHits[] = [];
    const past: EventHits[] = [];
    const liveFromUs = (nowMs - latenessMs) * 1_000;
    for (const { eventId, timeUs, hits, touches, shown } of events) {
      if (touches.length > 0) closing.touch(touches);
      if (hits.length === 0) continue;
      if (timeUs < liveFromUs) {
        past.push({ eventId, hits });
        continue;
      }
      if (shown !== undefined && !correlator.knows(eventId)) this.#writer.show(eventId, shown);
      live.push({ eventId, hits });
    }
    return { live, past };
  }

  async #count(
    live: readonly EventHits[],
    past: readonly EventHits[],
    nowMs: number,
    told: readonly Alert[] = [],
  ): Promise<Pick<CommitBatch, 'alerts' | 'marks' | 'notifications'>> {
    const { correlator, route } = this.#options;
    const { marks, late } = correlator.applyLate(past, nowMs);
    this.history.touch(late);
    const correlated = correlator.apply(live, nowMs);
    this.history.touch(correlated.late);
    const { alerts: current, fresh } = await this.#alerts(correlated);
    const { valid, news } = await this.#revisions.above([...current, ...told]);
    const opened = await this.#heard.news(valid, fresh);
    return {
      alerts: news,
      marks: lastOfEach([...marks, ...correlated.marks]),
      notifications: route(opened, nowMs),
    };
  }

  async #adopt(recomputed: Recomputed, nowMs: number): Promise<CommitBatch> {
    const { correlator } = this.#options;
    const adoption = { sinceUs: recomputed.liveFromUs, appendedMs: nowMs };
    for (const { correlation, group } of recomputed.recent) {
      correlator.adopt(recomputed.correlator, correlation, group, adoption);
    }
    const own = await this.#alerts(correlator.apply([], nowMs));
    const fresh = new Set([...unknown(recomputed.alerts, recomputed.stored), ...own.fresh]);
    return this.#tell([...recomputed.alerts, ...own.alerts], recomputed.stored, fresh, nowMs);
  }

  /** `fresh`: ids that the store has not. */
  async #tell(
    alerts: readonly Alert[],
    stored: readonly Alert[],
    fresh: ReadonlySet<string>,
    nowMs: number,
  ): Promise<CommitBatch> {
    this.#heard.learn(stored);
    this.#revisions.learn(stored);
    const revised = await this.#revisions.above(alerts);
    const opened = await this.#heard.news(revised.valid, fresh);
    return {
      ...NOTHING,
      alerts: revised.news,
      notifications: this.#options.route(opened, nowMs),
      appendedMs: nowMs,
    };
  }

  async #open(changes: readonly EpisodeChange[], stored: readonly Stored[], nowMs: number): Promise<CommitBatch> {
    const { rules } = this.#options.stages;
    const opened = await this.#writer.write(changes);
    const alerts = [...opened, ...supersededIn(stored, changes, rules.correlations)];
    const before = stored.map(({ alert }) => alert);
    return this.#tell(alerts, before, new Set(), nowMs);
  }

  async #alerts({ changes, evicted }: Correlated): Promise<Written> {
    if (evicted > 0) this.#options.onEvicted(evicted);
    if (changes.length === 0) return { alerts: [], fresh: new Set() };
    const alerts = await this.#writer.write(changes);
    return { alerts, fresh: new Set(alerts.filter((_, index) => changes[index]?.isNew).map(({ id }) => id)) };
  }
}

function unknown(alerts: readonly Alert[], stored: readonly Alert[]): readonly string[] {
  const known = new Set(stored.map(({ id }) => id));
  return alerts.map(({ id }) => id).filter((id) => !known.has(id));
}

interface Written {
  readonly alerts: readonly Alert[];
  /** Ids of those that were not written before. */
  readonly fresh: ReadonlySet<string>;
}

const NOTHING = {
  observations: [],
  rejections: [],
  alerts: [],
  marks: [],
  checkpoints: [],
  notifications: [],
} as const;
