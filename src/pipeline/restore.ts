import type { Alert } from '../core/alert.ts';
import type { EventStore, StoredEvent } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { Correlation } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { Correlator, EventHits } from '../detect/correlate.ts';
import type { EpisodeChange } from '../detect/telling.ts';
import { detect } from '../detect/detect.ts';
import { periodOf } from '../detect/episode.ts';
import { parseTimeUs } from '../lib/time.ts';
import { groupKey, neededFromUs } from './history.ts';

export interface RestoreOptions {
  readonly rules: RuleSet;
  readonly correlator: Correlator;
  readonly store: Pick<EventStore, 'events'> & Pick<AccessReader, 'alerts'>;
  readonly latenessMs: number;
  readonly nowMs: number;
  /** Correlations whose memory is there already. */
  readonly inherited?: ReadonlySet<number>;
}

export interface Restored {
  /** Number of hits. */
  readonly hits: number;
  /** Episodes that they make and that a hit may still reach: told, as far as the correlator goes. */
  readonly open: readonly EpisodeChange[];
}

/** Two devices stamp one event minutes apart at most: so much longer its id must be known. */
const COPIES_WITHIN_MS = 600_000;

/**
 * Fills the live memory from the store: with every hit that an event within lateness can meet, and of groups whose alert
 * may still grow, all hits since its first. Nothing of it is alerted again.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { rules, correlator, store, latenessMs, nowMs, inherited = NONE } = options;
  const wanted = rules.correlations.filter((_, index) => !inherited.has(index));
  if (inherited.size > 0 && wanted.length === 0) return { hits: 0, open: [] };
  const longestMs = Math.max(0, ...wanted.map(({ timespanMs }) => timespanMs));
  const fromUs = (nowMs - latenessMs - longestMs - COPIES_WITHIN_MS) * 1_000;
  const growing = await growingGroups(store, rules, fromUs, inherited);
  let count = 0;
  const changes = new Map<string, EpisodeChange>();
  const apply = (page: readonly StoredEvent[], isMeant: (hit: EventHits['hits'][number]) => boolean): void => {
    const events = page.map(({ observation }) => {
      const { eventId, hits } = detect(rules, observation).hits;
      return { eventId, hits: hits.filter((hit) => !inherited.has(hit.correlation) && isMeant(hit)) };
    });
    for (const { hits } of events) count += hits.length;
    // As old as it happened: what no event can meet any more is folded away at once.
    const pageMs = Math.min(nowMs, (page.at(-1)?.observation.timeUs ?? 0) / 1_000);
    for (const change of correlator.restore(events, pageMs)) {
      changes.set(`${groupKey(change)}\u001f${change.episode.opening.eventId}`, change);
    }
  };
  if (growing.fromUs < fromUs) {
    const range = { timeUs: [growing.fromUs, fromUs - 1] as const, rules: Array.from(growing.bases) };
    for await (const page of store.events(range)) apply(page, (hit) => growing.groups.has(groupKey(hit)));
  }
  for await (const page of store.events({ timeUs: [fromUs, Number.MAX_SAFE_INTEGER] })) apply(page, () => true);
  const isOpen = ({ correlation, episode, supersededBy }: EpisodeChange): boolean =>
    supersededBy === undefined &&
    episode.last.timeUs / 1_000 + (rules.correlations[correlation]?.timespanMs ?? 0) >= nowMs;
  return { hits: count, open: Array.from(changes.values()).filter(isOpen) };
}

const NONE: ReadonlySet<number> = new Set();

interface Growing {
  readonly groups: ReadonlySet<string>;
  /** Keys of the detections that they count. */
  readonly bases: ReadonlySet<string>;
  readonly fromUs: number;
}

/** Groups whose last alert could still take a hit, and since when their hits are needed. */
async function growingGroups(
  store: Pick<AccessReader, 'alerts'>,
  rules: RuleSet,
  fromUs: number,
  inherited: ReadonlySet<number>,
): Promise<Growing> {
  const byKey = new Map(rules.correlations.map((rule, index) => [rule.meta.key, index]));
  const groups = new Set<string>();
  const bases = new Set<string>();
  let neededUs = Number.POSITIVE_INFINITY;
  for (const { alert } of await store.alerts({ sinceUs: fromUs, limit: Number.MAX_SAFE_INTEGER })) {
    const correlation = byKey.get(alert.rule.id);
    const rule = rules.correlations[correlation ?? -1];
    if (correlation === undefined || rule === undefined || inherited.has(correlation)) continue;
    if (alert.superseded_by !== undefined) continue;
    groups.add(groupKey({ correlation, group: rule.groupBy.map((field) => alert.group[field] ?? '') }));
    for (const base of rule.rules) bases.add(base);
    neededUs = Math.min(neededUs, neededSinceUs(alert, rule));
  }
  return { groups, bases, fromUs: neededUs };
}

/** One that goes on from another can only be told apart from it when that one is known too. */
function neededSinceUs(alert: Alert, rule: Correlation): number {
  if (alert.continues === undefined) return parseTimeUs(alert.first) ?? 0;
  return neededFromUs(rule, periodOf(parseTimeUs(alert.opened) ?? 0, rule.timespanMs * 1_000));
}
