import type { Alert } from '../core/alert.ts';
import type { Hit } from '../core/hit.ts';
import type { AccessReader, EventStore } from '../core/ports.ts';
import type { Correlation } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { alertId } from '../detect/build-alert.ts';
import type { EpisodeChange } from '../detect/correlation-state.ts';
import { Correlator, type EventHits } from '../detect/correlate.ts';
import { detect } from '../detect/detect.ts';
import { compareRefs, periodOf } from '../detect/episode.ts';
import { DAY_US, parseTimeUs } from '../lib/time.ts';
import { AlertWriter } from './alert-writer.ts';

export interface Recomputed {
  /** Alerts that are new or grew, and those that are superseded now. */
  readonly alerts: readonly Alert[];
  /** Of these, the ones that nobody was told of under another id. */
  readonly opened: readonly Alert[];
  /** Hits of groups that are still in the live memory. */
  readonly recent: readonly RecentGroup[];
}

export interface RecentGroup {
  readonly correlation: number;
  readonly group: readonly string[];
  readonly hits: readonly Hit[];
}

interface Touched {
  readonly correlation: number;
  readonly group: readonly string[];
  readonly periods: Set<number>;
}

/** The checkpoint that says up to which append late events are worked in; no source can be called so. */
export const HISTORY_CHECKPOINT = '#history';

type Store = Pick<EventStore, 'events' | 'eventsById'> & Pick<AccessReader, 'alerts'>;

/**
 * Where events go that came later than the live memory reaches: a first start on an old log, a source that comes back.
 * They are stored as all others; then each group and period that they touched is worked out afresh from the store.
 * Alerts are cut at periods, so a period and the timespan before it are all that counts for its alerts.
 */
export class History {
  readonly #rules: RuleSet;
  #touched = new Map<string, Touched>();

  constructor(rules: RuleSet) {
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#touched.size === 0;
  }

  touch(hits: readonly Hit[]): void {
    for (const hit of hits) {
      const rule = this.#rules.correlations[hit.correlation];
      if (rule === undefined) continue;
      const key = keyOf(hit);
      const touched = this.#touched.get(key) ?? { correlation: hit.correlation, group: hit.group, periods: new Set() };
      const period = periodOf(hit.timeUs, rule.timespanMs * 1_000);
      // The first alerts of the next period look back into this one.
      touched.periods.add(period).add(period + 1);
      this.#touched.set(key, touched);
    }
  }

  /** Works out what was touched since the last call. `live`: whose long memory is shared; `recentUs`: how far back the live memory reaches. */
  async recompute(store: Store, live: Correlator, recentUs: number): Promise<Recomputed> {
    const touched = this.#touched;
    this.#touched = new Map();
    const rules = this.#rules;
    const writer = new AlertWriter(rules, store);
    const correlator = new Correlator(rules.correlations, { latenessMs: 0, hitsLimit: Number.POSITIVE_INFINITY }, live);
    const range = rangeOf(touched, rules.correlations);
    const changes = new Map<string, EpisodeChange>();
    const recent = new Map<string, RecentGroup & { readonly hits: Hit[] }>();

    for await (const page of store.events({ timeUs: range, rules: baseKeys(touched, rules.correlations) })) {
      const events: EventHits[] = [];
      for (const { observation } of page) {
        const detected = detect(rules, observation);
        const hits = detected.hits.hits.filter((hit) => touched.has(keyOf(hit)));
        if (hits.length === 0) continue;
        writer.remember(detected);
        events.push({ eventId: detected.hits.eventId, hits });
        for (const hit of hits) collectRecent(recent, hit, touched, rules.correlations, recentUs);
      }
      const lastUs = page.at(-1)?.observation.timeUs ?? 0;
      for (const change of correlator.apply(events, lastUs / 1_000).changes) changes.set(changeKey(change), change);
    }

    const isTouched = ({ correlation, group, episode }: EpisodeChange): boolean =>
      periodTouched(touched, rules.correlations, correlation, group, episode.opening.timeUs);
    const episodes = Array.from(changes.values())
      .filter(isTouched)
      .toSorted((a, b) => compareRefs(a.episode.opening, b.episode.opening));
    const stored = await storedAlerts(store, touched, rules.correlations, range);
    const { superseded, carried } = compare(episodes, stored, rules.correlations);
    const alerts = await writer.write(episodes);
    const known = new Set(stored.map(({ alert }) => alert.id));
    return {
      alerts: [...alerts, ...superseded],
      opened: alerts.filter(({ id }) => !known.has(id) && !carried.has(id)),
      recent: Array.from(recent.values()),
    };
  }
}

function keyOf({ correlation, group }: { readonly correlation: number; readonly group: readonly string[] }): string {
  return `${correlation}\u001f${group.join('\u001f')}`;
}

function changeKey(change: EpisodeChange): string {
  return `${keyOf(change)}\u001f${change.episode.opening.eventId}`;
}

function periodUs(rule: Correlation): number {
  return Math.max(DAY_US, rule.timespanMs * 1_000);
}

/** All hits that the alerts of the touched periods depend on. */
function rangeOf(touched: ReadonlyMap<string, Touched>, rules: readonly Correlation[]): readonly [number, number] {
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = 0;
  for (const { correlation, periods } of touched.values()) {
    const rule = rules[correlation];
    if (rule === undefined) continue;
    for (const period of periods) {
      fromUs = Math.min(fromUs, period * periodUs(rule) - rule.timespanMs * 1_000);
      toUs = Math.max(toUs, (period + 1) * periodUs(rule));
    }
  }
  return [Math.max(0, fromUs), toUs];
}

function baseKeys(touched: ReadonlyMap<string, Touched>, rules: readonly Correlation[]): readonly string[] {
  const indices = new Set(Array.from(touched.values(), ({ correlation }) => correlation));
  return Array.from(new Set(Array.from(indices, (index) => rules[index]?.rules ?? []).flat()));
}

function periodTouched(
  touched: ReadonlyMap<string, Touched>,
  rules: readonly Correlation[],
  correlation: number,
  group: readonly string[],
  timeUs: number,
): boolean {
  const rule = rules[correlation];
  const entry = touched.get(keyOf({ correlation, group }));
  return rule !== undefined && entry !== undefined && entry.periods.has(periodOf(timeUs, rule.timespanMs * 1_000));
}

function collectRecent(
  recent: Map<string, RecentGroup & { readonly hits: Hit[] }>,
  hit: Hit,
  touched: ReadonlyMap<string, Touched>,
  rules: readonly Correlation[],
  recentUs: number,
): void {
  const rule = rules[hit.correlation];
  const entry = touched.get(keyOf(hit));
  if (rule === undefined || entry === undefined || hit.base >= rule.rules.length) return;
  const newestUs = (Math.max(...entry.periods) + 1) * periodUs(rule);
  if (newestUs < recentUs - rule.timespanMs * 1_000) return;
  const key = keyOf(hit);
  const group = recent.get(key) ?? { correlation: hit.correlation, group: hit.group, hits: [] };
  group.hits.push(hit);
  recent.set(key, group);
}

interface Stored {
  readonly alert: Alert;
  readonly correlation: number;
  readonly group: readonly string[];
}

/** Alerts of the touched groups and periods that are in the store and count. */
async function storedAlerts(
  store: Store,
  touched: ReadonlyMap<string, Touched>,
  rules: readonly Correlation[],
  [sinceUs, untilUs]: readonly [number, number],
): Promise<readonly Stored[]> {
  const byKey = new Map(rules.map((rule, index) => [rule.meta.key, index]));
  const found = await store.alerts({ sinceUs, untilUs, limit: Number.MAX_SAFE_INTEGER });
  return found.flatMap(({ alert }) => {
    const correlation = byKey.get(alert.rule.id);
    if (correlation === undefined || alert.superseded_by !== undefined) return [];
    const group = (rules[correlation]?.groupBy ?? []).map((field) => alert.group[field] ?? '');
    const openedUs = parseTimeUs(alert.opened) ?? 0;
    return periodTouched(touched, rules, correlation, group, openedUs) ? [{ alert, correlation, group }] : [];
  });
}

/** Stored alerts whose opening is none any more, and who took them over. */
function compare(
  episodes: readonly EpisodeChange[],
  stored: readonly Stored[],
  rules: readonly Correlation[],
): { readonly superseded: readonly Alert[]; readonly carried: ReadonlySet<string> } {
  const idOf = (change: EpisodeChange): string => {
    const rule = rules[change.correlation];
    return rule === undefined ? '' : alertId(rule, change.group, change.episode.opening);
  };
  const groups = Map.groupBy(episodes, keyOf);
  const now = new Set(episodes.map(idOf));
  const carried = new Set<string>();
  const superseded: Alert[] = [];
  for (const { alert, correlation, group } of stored) {
    if (now.has(alert.id)) continue;
    const openedUs = parseTimeUs(alert.opened) ?? 0;
    const candidates = (groups.get(keyOf({ correlation, group })) ?? []).toSorted((a, b) =>
      compareRefs(a.episode.opening, b.episode.opening),
    );
    const taker =
      candidates.find(({ episode }) => episode.opening.timeUs <= openedUs && openedUs <= episode.last.timeUs) ??
      candidates.find(({ episode }) => episode.opening.timeUs > openedUs) ??
      candidates.at(-1);
    if (taker === undefined) continue;
    carried.add(idOf(taker));
    superseded.push({ ...alert, version: alert.version + SUPERSEDED_VERSION, superseded_by: idOf(taker) });
  }
  return { superseded, carried };
}

const SUPERSEDED_VERSION = 1_000_000_000;
