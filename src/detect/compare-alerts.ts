import type { Alert } from '../core/alert.ts';
import { parseTimeUs } from '../lib/time.ts';

/** What another set of rules makes of the same events. Parts of an alert that was cut, and superseded ones, do not count. */
export interface Comparison {
  readonly before: number;
  readonly after: number;
  readonly gained: readonly Alert[];
  readonly lost: readonly Alert[];
  /** The same rule about the same group at the same time, with other hits or another level. */
  readonly changed: readonly { readonly before: Alert; readonly after: Alert }[];
}

export function compareAlerts(before: readonly Alert[], after: readonly Alert[]): Comparison {
  const old = before.filter(counts);
  const now = after.filter(counts);
  const unpaired = Map.groupBy(old, groupOf);
  const changed: { before: Alert; after: Alert }[] = [];
  const gained: Alert[] = [];
  const kept = new Set<Alert>();
  for (const alert of now) {
    const others = (unpaired.get(groupOf(alert)) ?? []).filter((one) => !kept.has(one));
    const partner = others.find(({ id }) => id === alert.id) ?? others.find((other) => overlap(other, alert));
    if (partner === undefined) gained.push(alert);
    else {
      kept.add(partner);
      if (isOther(partner, alert)) changed.push({ before: partner, after: alert });
    }
  }
  const lost = old.filter((alert) => !kept.has(alert));
  return { before: old.length, after: now.length, gained, lost, changed };
}

function counts({ superseded_by: by, continues }: Alert): boolean {
  return by === undefined && continues === undefined;
}

function groupOf({ rule, group }: Alert): string {
  return JSON.stringify([rule.id, Object.entries(group).toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

function overlap(a: Alert, b: Alert): boolean {
  return us(a.first) <= us(b.last) && us(b.first) <= us(a.last);
}

function isOther(a: Alert, b: Alert): boolean {
  return a.count !== b.count || a.first !== b.first || a.last !== b.last || a.rule.level !== b.rule.level;
}

function us(time: string): number {
  return parseTimeUs(time) ?? 0;
}
