import type { Alert } from '../core/alert.ts';
import type { AccessReader, EventStore, StoredEvent } from '../core/ports.ts';
import type { Correlation } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { Correlator, EventHits } from '../detect/correlate.ts';
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
}

/** Two devices stamp one event minutes apart at most: so much longer its id must be known. */
const COPIES_WITHIN_MS = 600_000;

/**
 * Fills the live memory from the store: with every hit that an event within lateness can meet, and of groups whose alert
 * may still grow, all hits since its first. Nothing of it is alerted again. Gives the number of hits.
 */
export async function restore({ rules, correlator, store, latenessMs, nowMs }: RestoreOptions): Promise<number> {
  const longestMs = Math.max(0, ...rules.correlations.map(({ timespanMs }) => timespanMs));
  const fromUs = (nowMs - latenessMs - longestMs - COPIES_WITHIN_MS) * 1_000;
  const growing = await growingGroups(store, rules, fromUs);
  let count = 0;
  const apply = (page: readonly StoredEvent[], isMeant: (hit: EventHits['hits'][number]) => boolean): void => {
    const events = page.map(({ observation }) => {
      const { eventId, hits } = detect(rules, observation).hits;
      return { eventId, hits: hits.filter(isMeant) };
    });
    for (const { hits } of events) count += hits.length;
    // As old as it happened: what no event can meet any more is folded away at once.
    correlator.apply(events, Math.min(nowMs, (page.at(-1)?.observation.timeUs ?? 0) / 1_000));
  };
  if (growing.fromUs < fromUs) {
    const range = { timeUs: [growing.fromUs, fromUs - 1] as const, rules: Array.from(growing.bases) };
    for await (const page of store.events(range)) apply(page, (hit) => growing.groups.has(groupKey(hit)));
  }
  for await (const page of store.events({ timeUs: [fromUs, Number.MAX_SAFE_INTEGER] })) apply(page, () => true);
  return count;
}

interface Growing {
  readonly groups: ReadonlySet<string>;
  /** Keys of the detections that they count. */
  readonly bases: ReadonlySet<string>;
  readonly fromUs: number;
}

/** Groups whose last alert could still take a hit, and since when their hits are needed. */
async function growingGroups(store: Pick<AccessReader, 'alerts'>, rules: RuleSet, fromUs: number): Promise<Growing> {
  const byKey = new Map(rules.correlations.map((rule, index) => [rule.meta.key, index]));
  const groups = new Set<string>();
  const bases = new Set<string>();
  let neededUs = Number.POSITIVE_INFINITY;
  for (const { alert } of await store.alerts({ sinceUs: fromUs, limit: Number.MAX_SAFE_INTEGER })) {
    const correlation = byKey.get(alert.rule.id);
    const rule = rules.correlations[correlation ?? -1];
    if (correlation === undefined || rule === undefined || alert.superseded_by !== undefined) continue;
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
