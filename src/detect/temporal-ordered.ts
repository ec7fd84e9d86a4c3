import type { Correlation } from '../core/rule.ts';
import { measured, type Measure } from './measured.ts';
import type { GroupHits, Opening } from './opening.ts';

/**
 * Hits of so many different rules within the timespan, in the order of `rules`; others may come between. Hits of the same
 * time are in any order, because many sources only know the second.
 */
export function temporalOrdered({ condition, rules }: Correlation): Opening {
  return measured(condition, new Chains(rules.length));
}

/**
 * Chains of hits in the order of their rules. For each rule and length, the latest time at which a chain began that ends
 * with this rule: of chains with equal ends that is the one that stays in the window longest.
 */
class Chains implements Measure {
  readonly #rules: number;
  /** By rule and length. */
  readonly #began: Float64Array;
  /** Rules that were met at `#timeUs`. */
  #together: number[] = [];
  #timeUs = Number.NEGATIVE_INFINITY;
  /** Hits before are worked in, as far as they matter. */
  #next = 0;
  #fromUs = 0;

  constructor(rules: number) {
    this.#rules = rules;
    this.#began = new Float64Array(rules * rules);
    this.reset();
  }

  move(hits: GroupHits, start: number, end: number): void {
    if (end < this.#next || start > this.#next) {
      this.reset();
      this.#next = start;
    }
    while (this.#next < end) {
      this.#add(hits.base(this.#next), hits.timeUs(this.#next));
      this.#next += 1;
    }
    this.#fromUs = hits.timeUs(start);
  }

  compare(bound: number): number {
    return this.#longest() - bound;
  }

  inserted(_: GroupHits, index: number): void {
    if (index < this.#next) this.#next = Number.POSITIVE_INFINITY;
  }

  dropping(_: GroupHits, count: number): void {
    if (count > this.#next) this.#next = Number.POSITIVE_INFINITY;
    else this.#next -= count;
  }

  reset(): void {
    this.#began.fill(Number.NEGATIVE_INFINITY);
    this.#together = [];
    this.#timeUs = Number.NEGATIVE_INFINITY;
    this.#next = 0;
  }

  #add(rule: number, timeUs: number): void {
    if (timeUs !== this.#timeUs) this.#together = [];
    this.#timeUs = timeUs;
    this.#extend(rule);
    // What was met at the same time may have come after.
    for (const other of this.#together) if (other > rule) this.#extend(other);
    if (!this.#together.includes(rule)) this.#together = [...this.#together, rule].sort((a, b) => a - b);
  }

  #extend(rule: number): void {
    const row = rule * this.#rules;
    this.#began[row] = this.#timeUs;
    for (let length = 1; length <= rule; length++) {
      let latest = this.#began[row + length] ?? 0;
      for (let before = length - 1; before < rule; before++) {
        latest = Math.max(latest, this.#began[before * this.#rules + length - 1] ?? 0);
      }
      this.#began[row + length] = latest;
    }
  }

  #longest(): number {
    for (let length = this.#rules; length > 0; length--) {
      for (let rule = length - 1; rule < this.#rules; rule++) {
        if ((this.#began[rule * this.#rules + length - 1] ?? 0) >= this.#fromUs) return length;
      }
    }
    return 0;
  }
}
