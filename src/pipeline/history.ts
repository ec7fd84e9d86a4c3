import type { Hit } from '../core/hit.ts';
import type { Correlation } from '../core/rule.ts';
import { periodOf } from '../detect/episode.ts';
import { DAY_US } from '../lib/time.ts';

/** A group of hits that came later than the live memory reaches, and the periods whose alerts they may change. */
export interface Touched {
  readonly correlation: number;
  readonly group: readonly string[];
  /** First and last period, inclusive. */
  fromPeriod: number;
  toPeriod: number;
}

/** By `touchKey`. */
export type TouchedGroups = ReadonlyMap<string, Touched>;

/**
 * Where events go that came later than the live memory reaches: a first start on an old log, a source that comes back.
 * They are stored as all others; then each group and period that they touched is worked out afresh from the store.
 */
export class History {
  readonly #rules: readonly Correlation[];
  #touched = new Map<string, Touched>();

  constructor(rules: readonly Correlation[]) {
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#touched.size === 0;
  }

  touch(hits: readonly Hit[]): void {
    for (const hit of hits) {
      const rule = this.#rules[hit.correlation];
      if (rule === undefined) continue;
      const [from, to] = periodsOf(rule, hit.timeUs);
      const key = touchKey(rule, hit);
      const known = this.#touched.get(key);
      if (known === undefined) {
        this.#touched.set(key, { correlation: hit.correlation, group: hit.group, fromPeriod: from, toPeriod: to });
      } else {
        known.fromPeriod = Math.min(known.fromPeriod, from);
        known.toPeriod = Math.max(known.toPeriod, to);
      }
    }
  }

  /** Only hits whose periods reach this time. */
  touchReaching(hits: readonly Hit[], reachUs: number): void {
    this.touch(
      hits.filter(({ correlation, timeUs }) => {
        const rule = this.#rules[correlation];
        return rule !== undefined && (periodsOf(rule, timeUs)[1] + 1) * periodUs(rule) >= reachUs;
      }),
    );
  }

  /** What was touched since the last call. */
  take(): TouchedGroups {
    const touched = this.#touched;
    this.#touched = new Map();
    return touched;
  }
}

export function groupKey({
  correlation,
  group,
}: {
  readonly correlation: number;
  readonly group: readonly string[];
}): string {
  return `${correlation}\u001f${group.join('\u001f')}`;
}

/** Groups that share an acquaintance are touched together: what is known of one is known of all. */
export function touchKey(
  rule: Correlation,
  of: { readonly correlation: number; readonly group: readonly string[] },
): string {
  const { knownAs, groupBy } = rule;
  if (knownAs === undefined) return groupKey(of);
  return groupKey({ ...of, group: knownAs.map((field) => of.group[groupBy.indexOf(field)] ?? '') });
}

/** Alerts are cut at multiples of it. */
export function periodUs(rule: Correlation): number {
  return Math.max(DAY_US, rule.timespanMs * 1_000);
}

/**
 * From when on the hits must be known, so that the alerts of a period come out right: the period before may hold the
 * alert that its first one goes on from, and openings look back by a timespan.
 */
export function neededFromUs(rule: Correlation, period: number): number {
  return (period - 1) * periodUs(rule) - rule.timespanMs * 1_000;
}

/**
 * The periods whose alerts a hit may change: its own, the next, whose first alert may go on from it, and the one after
 * that, because openings look back by a timespan. What was seen first decides about all that was seen within `history`.
 */
function periodsOf(rule: Correlation, timeUs: number): readonly [number, number] {
  const timespanUs = rule.timespanMs * 1_000;
  const lastUs = timeUs + (rule.historyMs ?? 0) * 1_000;
  return [periodOf(timeUs, timespanUs), periodOf(lastUs, timespanUs) + 2];
}
