import { holds, needsClosedWindow, type CountCondition } from '../core/rule.ts';
import type { GroupHits, Opening } from './opening.ts';
import { RunningWindow, type Tally } from './running-window.ts';

/** What a window amounts to, compared with the bounds of a condition. */
export interface Measure {
  /** Turns to the hits from `start` up to, but not including, `end`. */
  move(hits: GroupHits, start: number, end: number): void;
  /** Above 0 where they amount to more than the bound, below 0 where to less. */
  compare(bound: number): number;
  inserted(hits: GroupHits, index: number): void;
  dropping(hits: GroupHits, count: number): void;
  reset(): void;
}

/**
 * Opens where a window's measure satisfies the condition. A bound that more hits may break (lt, lte, eq, neq) is asked
 * only of windows that can take no other hit: those that are in no larger one.
 */
export function measured(condition: CountCondition, measure: Measure): Opening {
  const looksAhead = needsClosedWindow(condition);
  const compare = (bound: number): number => measure.compare(bound);
  return {
    looksAhead,
    opens(hits, index) {
      const start = hits.windowStart(index);
      if (looksAhead && index + 1 < hits.length && hits.windowStart(index + 1) === start) return false;
      measure.move(hits, start, index + 1);
      return holds(condition, compare);
    },
    inserted: (hits, index) => measure.inserted(hits, index),
    dropping: (hits, count) => measure.dropping(hits, count),
    reset: () => measure.reset(),
  };
}

/** A measure of something that each hit has, kept while the window moves on. */
export function tallied<V>(
  tally: Tally<V>,
  valueAt: (hits: GroupHits, index: number) => V,
  compare: Measure['compare'],
): Measure {
  const window = new RunningWindow(tally, valueAt);
  return {
    move: (hits, start, end) => window.move(hits, start, end),
    compare,
    inserted: (hits, index) => window.inserted(hits, index),
    dropping: (hits, count) => window.dropping(hits, count),
    reset: () => window.reset(),
  };
}
