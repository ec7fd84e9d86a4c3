import type { Alert } from '../core/alert.ts';
import type {
  AccessReader,
  CollectedBatch,
  CommitBatch,
  EventStore,
  NotificationKey,
  SourceCheckpoint,
} from '../core/ports.ts';
import type { Observation } from '../core/event.ts';
import type { Rejection } from '../core/record.ts';
import { alertId } from '../detect/build-alert.ts';
import type { EpisodeChange } from '../detect/correlation-state.ts';
import type { Correlator, Correlated, EventHits } from '../detect/correlate.ts';
import { RecentMap } from '../lib/recent-map.ts';
import { AlertWriter } from './alert-writer.ts';
import { History } from './history.ts';
import { observe, type Stages } from './observe.ts';
import type { Recomputed } from './recompute.ts';
import { lastOfEach } from './warm-up.ts';

/** Who has to be told of alerts that were just opened. */
export type Route = (opened: readonly Alert[], nowMs: number) => readonly NotificationKey[];

export interface LiveOptions {
  readonly stages: Stages;
  readonly correlator: Correlator;
  readonly store: Pick<EventStore, 'eventsById'> & Pick<AccessReader, 'alerts'>;
  readonly route: Route;
  readonly latenessMs: number;
  /** Hits were forgotten before their time: the rules may miss something. */
  readonly onEvicted: (hits: number) => void;
}

/** Turns collected batches into what has to become durable, in the order of the calls. */
export class Live {
  readonly #options: LiveOptions;
  readonly #writer: AlertWriter;
  /** Ids of alerts that were written by this process. */
  readonly #written = new RecentMap<true>(WRITTEN_LIMIT);
  readonly history: History;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#writer = new AlertWriter(options.stages.rules, options.store);
    this.history = new History(options.stages.rules.correlations);
  }

  /** `nowMs`: the time of the append. */
  async process(source: string, batch: CollectedBatch, nowMs: number): Promise<CommitBatch> {
    const { stages, correlator, latenessMs } = this.#options;
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
      const { observation, hits } = observed.value;
      observations.push(observation);
      newestUs = Math.max(newestUs, observation.timeUs);
      if (hits.hits.length === 0) continue;
      if (observation.timeUs < liveFromUs) {
        past.push(hits);
        continue;
      }
      // Of copies with other timestamps the first is stored and shown.
      if (!correlator.knows(hits.eventId)) this.#writer.remember(observed.value);
      live.push(hits);
    }
    const { marks, late } = correlator.applyLate(past);
    this.history.touch(late);
    const correlated = correlator.apply(live, nowMs);
    this.history.touch(correlated.late);
    const { alerts, opened } = await this.#alerts(correlated);
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
      marks: lastOfEach([...marks, ...correlated.marks]),
      checkpoints: [checkpoint],
      notifications: this.#options.route(opened, nowMs),
      appendedMs: nowMs,
    };
  }

  /** What the history lane worked out, with what it changes in the live memory. */
  async adopt(recomputed: Recomputed, nowMs: number): Promise<CommitBatch> {
    const { correlator } = this.#options;
    const adoption = { sinceUs: recomputed.comparedUs, appendedMs: nowMs };
    for (const { correlation, group } of recomputed.recent) {
      correlator.adopt(recomputed.correlator, correlation, group, adoption);
    }
    this.#wrote(recomputed.alerts);
    const { alerts, opened } = await this.#alerts(correlator.apply([], nowMs));
    return {
      ...NOTHING,
      alerts: [...recomputed.alerts, ...alerts],
      notifications: this.#options.route([...recomputed.opened, ...opened], nowMs),
      appendedMs: nowMs,
    };
  }

  async #alerts(
    correlated: Correlated,
  ): Promise<{ readonly alerts: readonly Alert[]; readonly opened: readonly Alert[] }> {
    if (correlated.evicted > 0) this.#options.onEvicted(correlated.evicted);
    if (correlated.changes.length === 0) return { alerts: [], opened: [] };
    const alerts = await this.#writer.write(correlated.changes);
    const opened: Alert[] = [];
    for (const [index, alert] of alerts.entries()) {
      const change = correlated.changes[index];
      if (change !== undefined && (await this.#isOpened(alert, change))) opened.push(alert);
    }
    this.#wrote(alerts);
    return { alerts, opened };
  }

  /** Nobody was told of it, nor of one that it took over. What was restored is told of when it is in the store. */
  async #isOpened(alert: Alert, { correlation, group, isNew, replaces }: EpisodeChange): Promise<boolean> {
    if (alert.superseded_by !== undefined) return false;
    if (!isNew && (await this.#isKnown(alert.id))) return false;
    const rule = this.#options.stages.rules.correlations[correlation];
    if (rule === undefined) return false;
    for (const opening of replaces) if (await this.#isKnown(alertId(rule, group, opening))) return false;
    return true;
  }

  async #isKnown(id: string): Promise<boolean> {
    return this.#written.get(id) === true || (await this.#options.store.alerts({ id, limit: 1 })).length > 0;
  }

  #wrote(alerts: readonly Alert[]): void {
    for (const { id } of alerts) this.#written.set(id, true);
  }
}

const WRITTEN_LIMIT = 50_000;
const NOTHING = {
  observations: [],
  rejections: [],
  alerts: [],
  marks: [],
  checkpoints: [],
  notifications: [],
} as const;
