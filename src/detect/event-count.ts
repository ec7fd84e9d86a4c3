import { needsClosedWindow, threshold, type Correlation } from '../core/rule.ts';
import { measured, type Measure } from './measured.ts';
import { memoryless, type Opening } from './opening.ts';

/** So many hits within the timespan. */
export function eventCount({ condition, timespanMs }: Correlation): Opening {
  if (needsClosedWindow(condition)) return measured(condition, new Count());
  const least = threshold(condition);
  const timespanUs = timespanMs * 1_000;
  return memoryless(
    (hits, index) => index + 1 >= least && hits.timeUs(index - least + 1) >= hits.timeUs(index) - timespanUs,
  );
}

class Count implements Measure {
  #count = 0;

  move(_: unknown, start: number, end: number): void {
    this.#count = end - start;
  }

  compare(bound: number): number {
    return this.#count - bound;
  }

  inserted(): void {
    // It counts anew each time.
  }

  dropping(): void {
    // It counts anew each time.
  }

  reset(): void {
    this.#count = 0;
  }
}
