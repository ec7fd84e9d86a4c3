import type { Correlation } from '../core/rule.ts';
import { measured, tallied } from './measured.ts';
import type { Opening } from './opening.ts';
import type { Tally } from './running-window.ts';

/**
 * A percentile of the numbers of a field within the timespan: 50 is the median, 0 the least and 100 the greatest. Between
 * two numbers it is as far from each as its rank.
 */
export function valuePercentile({ condition, percentile = 50 }: Correlation): Opening {
  const numbers = new Sorted();
  const measure = tallied(
    numbers,
    (hits, index) => hits.amount(index),
    (bound) => numbers.at(percentile / 100) - bound,
  );
  return measured(condition, measure);
}

class Sorted implements Tally<number> {
  readonly #numbers: number[] = [];

  add(number: number): void {
    this.#numbers.splice(this.#place(number), 0, number);
  }

  remove(number: number): void {
    this.#numbers.splice(this.#place(number), 1);
  }

  clear(): void {
    this.#numbers.length = 0;
  }

  /** `part`: from 0 to 1. */
  at(part: number): number {
    const rank = part * (this.#numbers.length - 1);
    const low = this.#numbers[Math.floor(rank)] ?? 0;
    const high = this.#numbers[Math.ceil(rank)] ?? low;
    return low + (high - low) * (rank - Math.floor(rank));
  }

  /** Of the first number that is not below. */
  #place(number: number): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
