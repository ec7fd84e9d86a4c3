import type { Alert } from '../core/alert.ts';
import type { Hit } from '../core/hit.ts';
import type { EventStore } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { isRevocable, type Correlation } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { alertId, supersede } from '../detect/build-alert.ts';
import type { EpisodeChange } from '../detect/telling.ts';
import { Correlator, type EventHits } from '../detect/correlate.ts';
import { detect } from '../detect/detect.ts';
import { compareRefs, periodOf } from '../detect/episode.ts';
import { DAY_US, parseTimeUs } from '../lib/time.ts';
import { AlertWriter } from './alert-writer.ts';
import { groupKey, neededFromUs, periodUs, touchKey, type Touched, type TouchedGroups } from './history.ts';

export interface Recomputed {
  /** Alerts that are new or grew, and those that are superseded now. */
  readonly alerts: readonly Alert[];
  /** As they were in the store, superseded ones too: those of the touched groups that opened in touched periods. */
  readonly stored: readonly Alert[];
  /** Who worked it out, and the groups that the live memory has to take over from it. */
  readonly correlator: Correlator;
  /** Event time: what the live memory holds from then on may be newer. */
  readonly liveFromUs: number;
  readonly recent: readonly { readonly correlation: number; readonly group: readonly string[] }[];
}

export interface RecomputeOptions {
  readonly rules: RuleSet;
  readonly store: Pick<EventStore, 'events' | 'eventsById'> & Pick<AccessReader, 'alerts'>;
  readonly touched: TouchedGroups;
  /** Whose long memory is shared. */
  readonly live: Correlator;
  readonly latenessMs: number;
  /** The last append of the live lane. */
  readonly nowMs: number;
  /** Events may be in the store before the live lane hears of them: what it is yet to count is left to it. */
  readonly isStoreAhead?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Works the touched groups out from the store, with the ids that they would have had. All touched hits must be stored.
 * undefined when the signal came first. The live lane may go on meanwhile: whatever it appends is in its memory, which
 * takes over the rest (Correlator.adopt).
 */
export async function recompute(options: RecomputeOptions): Promise<Recomputed | undefined> {
  const { rules, store, touched, live, latenessMs, nowMs, signal, isStoreAhead = false } = options;
  const { correlations } = rules;
  const range = rangeOf(options);
  const liveFromUs = (nowMs - latenessMs) * 1_000;
  // Before the events: an alert that is stored already must find its hits among those that are read.
  const stored = await storedAlerts(store, touched, correlations, range);
  const writer = new AlertWriter(rules, store);
  const limits = { latenessMs, hitsLimit: Number.POSITIVE_INFINITY };
  const correlator = new Correlator(correlations, limits, live);
  const changes = new Map<string, EpisodeChange>();
  for await (const page of store.events({ timeUs: range, rules: baseKeys(touched, correlations) })) {
    if (signal.aborted) return undefined;
    const events: EventHits[] = [];
    for (const { observation } of page) {
      const detected = detect(rules, observation);
      if (isStoreAhead && observation.timeUs >= liveFromUs && !live.knew(detected.hits.eventId)) continue;
      const hits = detected.hits.hits.filter((hit) => touchedOf(touched, correlations, hit) !== undefined);
      if (hits.length === 0) continue;
      writer.remember(detected);
      events.push({ eventId: detected.hits.eventId, hits });
    }
    // The clock is that of the events, as long as theirs is right.
    const pageMs = Math.min(nowMs, (page.at(-1)?.observation.timeUs ?? 0) / 1_000);
    for (const change of correlator.apply(events, pageMs).changes) changes.set(changeKey(change), change);
  }
  const episodes = Array.from(changes.values())
    .filter((change) => isTouched(touched, correlations, change, change.episode.opening.timeUs))
    .toSorted((a, b) => compareRefs(a.episode.opening, b.episode.opening));
  const alerts = await writer.write(episodes);
  return {
    alerts: [...alerts, ...supersededIn(stored, episodes, correlations)],
    stored: stored.map(({ alert }) => alert),
    correlator,
    liveFromUs,
    recent: range[1] === FOR_EVER ? Array.from(touched.values()) : [],
  };
}

/** What reaches the live memory is read to the end, because that has to take it over. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

function changeKey(change: EpisodeChange): string {
  return `${groupKey(change)}\u001f${change.episode.opening.eventId}`;
}

/** All hits that the alerts of the touched periods depend on. */
function rangeOf({ rules, touched, latenessMs, nowMs }: RecomputeOptions): readonly [number, number] {
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = Number.NEGATIVE_INFINITY;
  let longestMs = 0;
  for (const { correlation, fromPeriod, toPeriod } of touched.values()) {
    const rule = rules.correlations[correlation];
    if (rule === undefined) continue;
    longestMs = Math.max(longestMs, rule.timespanMs);
    fromUs = Math.min(fromUs, neededFromUs(rule, fromPeriod) - forgottenUs(rule, fromPeriod, nowMs));
    toUs = Math.max(toUs, (toPeriod + 1) * periodUs(rule));
  }
  const liveFromUs = (nowMs - latenessMs - longestMs) * 1_000;
  return [fromUs, toUs >= liveFromUs ? FOR_EVER : toUs];
}

/** The long memory in use holds the days that the newest hits need; for older ones it is made again. */
function forgottenUs(rule: Correlation, period: number, nowMs: number): number {
  const isRecent = period * periodUs(rule) > nowMs * 1_000 - 2 * DAY_US;
  return isRecent ? 0 : (rule.historyMs ?? 0) * 1_000;
}

function baseKeys(touched: TouchedGroups, rules: readonly Correlation[]): readonly string[] {
  const indices = new Set(Array.from(touched.values(), ({ correlation }) => correlation));
  const keysOf = (index: number): readonly string[] => [
    ...(rules[index]?.rules ?? []),
    ...(rules[index]?.knownBy ?? []),
  ];
  return Array.from(new Set(Array.from(indices, keysOf).flat()));
}

function touchedOf(
  touched: TouchedGroups,
  rules: readonly Correlation[],
  of: Pick<Hit, 'correlation' | 'group'>,
): Touched | undefined {
  const rule = rules[of.correlation];
  return rule === undefined ? undefined : touched.get(touchKey(rule, of));
}

function isTouched(
  touched: TouchedGroups,
  rules: readonly Correlation[],
  of: Pick<Hit, 'correlation' | 'group'>,
  openedUs: number,
): boolean {
  const rule = rules[of.correlation];
  const entry = touchedOf(touched, rules, of);
  if (rule === undefined || entry === undefined) return false;
  const period = periodOf(openedUs, rule.timespanMs * 1_000);
  return entry.fromPeriod <= period && period <= entry.toPeriod;
}

/** An alert of the store, by its rule and group. */
export interface Stored {
  readonly alert: Alert;
  readonly correlation: number;
  readonly group: readonly string[];
}

/** Alerts of the touched groups and periods that are in the store. */
async function storedAlerts(
  store: Pick<AccessReader, 'alerts'>,
  touched: TouchedGroups,
  rules: readonly Correlation[],
  [sinceUs, untilUs]: readonly [number, number],
): Promise<readonly Stored[]> {
  const byKey = new Map(rules.map((rule, index) => [rule.meta.key, index]));
  const found = await store.alerts({ sinceUs, untilUs, limit: Number.MAX_SAFE_INTEGER });
  return found.flatMap(({ alert }) => {
    const correlation = byKey.get(alert.rule.id);
    if (correlation === undefined) return [];
    const group = (rules[correlation]?.groupBy ?? []).map((field) => alert.group[field] ?? '');
    const openedUs = parseTimeUs(alert.opened) ?? 0;
    return isTouched(touched, rules, { correlation, group }, openedUs) ? [{ alert, correlation, group }] : [];
  });
}

/** Stored alerts whose opening is none any more, and who took them over. */
export function supersededIn(
  stored: readonly Stored[],
  episodes: readonly EpisodeChange[],
  rules: readonly Correlation[],
): readonly Alert[] {
  const idOf = (change: EpisodeChange): string => {
    const rule = rules[change.correlation];
    return rule === undefined ? '' : alertId(rule, change.group, change.episode.opening);
  };
  const groups = Map.groupBy(episodes, groupKey);
  const now = new Set(episodes.map(idOf));
  const superseded: Alert[] = [];
  for (const { alert, correlation, group } of stored) {
    if (now.has(alert.id) || alert.superseded_by !== undefined) continue;
    const taker = takerOf(parseTimeUs(alert.opened) ?? 0, groups.get(groupKey({ correlation, group })) ?? []);
    // What was taken for the first of its kind, and was not, has no taker.
    const rule = rules[correlation];
    if (taker === undefined && (rule === undefined || !isRevocable(rule))) continue;
    const by = taker === undefined ? alert.id : idOf(taker);
    superseded.push(supersede(alert, by));
  }
  return superseded;
}

/** `candidates` in the order of their openings: the one that holds the time, else the next, else the last. */
function takerOf(openedUs: number, candidates: readonly EpisodeChange[]): EpisodeChange | undefined {
  return (
    candidates.find(({ episode }) => episode.opening.timeUs <= openedUs && openedUs <= episode.last.timeUs) ??
    candidates.find(({ episode }) => episode.opening.timeUs > openedUs) ??
    candidates.at(-1)
  );
}
