import type { Alert } from '../core/alert.ts';
import type { AccessReader, EventStore, StoredEvent } from '../core/ports.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { Correlator, EventHits } from '../detect/correlate.ts';
import { detect } from '../detect/detect.ts';
import { parseTimeUs } from '../lib/time.ts';

type Store = Pick<EventStore, 'events'> & Pick<AccessReader, 'alerts'>;

export interface RestoreOptions {
  readonly rules: RuleSet;
  readonly correlator: Correlator;
  readonly store: Store;
  readonly latenessMs: number;
  readonly nowMs: number;
}

/**
 * Fills the live memory with what it held before the restart: the hits that were appended within timespan and lateness,
 * and of groups whose alert may still grow, all hits since that alert's first. Nothing of it is alerted again.
 */
export async function restore({ rules, correlator, store, latenessMs, nowMs }: RestoreOptions): Promise<number> {
  const longestMs = Math.max(0, ...rules.correlations.map(({ timespanMs }) => timespanMs));
  const fromMs = nowMs - latenessMs - longestMs;
  const growing = await growingAlerts(store, rules, fromMs);
  const appends = new Map<number, EventHits[]>();
  let count = 0;
  const keep = ({ observation, appendedMs }: StoredEvent, hits: EventHits['hits']): void => {
    if (hits.length === 0) return;
    const events = appends.get(appendedMs) ?? [];
    events.push({ eventId: observation.event.event.id, hits });
    appends.set(appendedMs, events);
    count += hits.length;
  };
  for await (const page of store.events({ appendedMs: [fromMs, Number.MAX_SAFE_INTEGER] })) {
    for (const stored of page)
      if (wasLive(stored, latenessMs)) keep(stored, detect(rules, stored.observation).hits.hits);
  }
  if (growing.fromUs < Number.POSITIVE_INFINITY) {
    for await (const page of store.events({ timeUs: [growing.fromUs, Number.MAX_SAFE_INTEGER] })) {
      for (const stored of page) {
        if (stored.appendedMs >= fromMs && wasLive(stored, latenessMs)) continue;
        const { hits } = detect(rules, stored.observation).hits;
        keep(
          stored,
          hits.filter(({ correlation, group }) => growing.groups.has(`${correlation}\u001f${group.join('\u001f')}`)),
        );
      }
    }
  }
  for (const appendedMs of Array.from(appends.keys()).sort((a, b) => a - b))
    correlator.apply(appends.get(appendedMs) ?? [], appendedMs);
  return count;
}

/** What the history lane worked out is not in the live memory. */
export function wasLive({ observation, appendedMs }: StoredEvent, latenessMs: number): boolean {
  return observation.timeUs >= (appendedMs - latenessMs) * 1_000;
}

interface Growing {
  readonly groups: ReadonlySet<string>;
  readonly fromUs: number;
}

const ALERTS_LIMIT = 100_000;

/** Groups whose last alert could still take a hit, and since when their hits are needed. */
async function growingAlerts(store: Store, rules: RuleSet, fromMs: number): Promise<Growing> {
  const byKey = new Map(rules.correlations.map((rule, index) => [rule.meta.key, index]));
  const alerts = await store.alerts({ sinceUs: (fromMs - DAY_MS) * 1_000, limit: ALERTS_LIMIT });
  const groups = new Set<string>();
  let fromUs = Number.POSITIVE_INFINITY;
  for (const { alert } of alerts) {
    const correlation = byKey.get(alert.rule.id);
    if (correlation === undefined || alert.superseded_by !== undefined) continue;
    if ((parseTimeUs(alert.last) ?? 0) < fromMs * 1_000) continue;
    groups.add(`${correlation}\u001f${groupOf(alert, rules, correlation).join('\u001f')}`);
    fromUs = Math.min(fromUs, parseTimeUs(alert.first) ?? fromUs);
  }
  return { groups, fromUs };
}

function groupOf(alert: Alert, rules: RuleSet, correlation: number): readonly string[] {
  return (rules.correlations[correlation]?.groupBy ?? []).map((field) => alert.group[field] ?? '');
}

const DAY_MS = 86_400_000;
