import { memoize } from '../lib/memoize.ts';

/** A change window: when what would be unusual at other times is normal. */
export interface Window {
  /** Milliseconds since 1970. The first instant of a window is inside, the last is not. Repeated questions are cheap. */
  isOpen(timeMs: number): boolean;
}

/** Milliseconds since 1970; `to` is not part of it. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * A window from all its intervals that touch a stretch of time, which is asked for once per stretch of `stretchMs` and
 * kept for the last few hundred of them.
 */
export function windowOf(stretchMs: number, intervalsIn: (stretch: Interval) => readonly Interval[]): Window {
  let currentNumber = Number.NaN;
  let current: readonly Interval[] = [];
  const stretch = memoize(STRETCHES_LIMIT, (number: number) => {
    const from = number * stretchMs;
    return joined(intervalsIn({ from, to: from + stretchMs }));
  });
  return {
    isOpen(timeMs) {
      const number = Math.floor(timeMs / stretchMs);
      if (number !== currentNumber) {
        current = stretch(number);
        currentNumber = number;
      }
      return covers(current, timeMs);
    },
  };
}

const STRETCHES_LIMIT = 1_024;

/** Sorted, without overlaps. */
function joined(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  for (const interval of intervals.toSorted((a, b) => a.from - b.from)) {
    const before = result.at(-1);
    if (before === undefined || interval.from > before.to) result.push(interval);
    else if (interval.to > before.to) result[result.length - 1] = { from: before.from, to: interval.to };
  }
  return result;
}

function covers(intervals: readonly Interval[], timeMs: number): boolean {
  let low = 0;
  let high = intervals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const interval = intervals[middle];
    if (interval === undefined) return false;
    if (timeMs < interval.from) high = middle - 1;
    else if (timeMs >= interval.to) low = middle + 1;
    else return true;
  }
  return false;
}
