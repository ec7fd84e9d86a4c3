import type { DeviceFacts } from '../core/coverage.ts';

type DelayFacts = NonNullable<DeviceFacts['delay']>;

const KEPT = 1_000;

/** Of the last thousand events. */
export class Delays {
  readonly #kept: number[] = [];
  #next = 0;
  #before: DelayFacts | undefined;

  /** `before`: what was known until there is something newer. */
  constructor(before?: DelayFacts) {
    this.#before = before;
  }

  add(ms: number): void {
    this.#kept[this.#next] = Math.max(0, ms);
    this.#next = (this.#next + 1) % KEPT;
  }

  get facts(): DelayFacts | undefined {
    if (this.#kept.length === 0) return this.#before;
    const sorted = this.#kept.toSorted((a, b) => a - b);
    const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
  }
}
