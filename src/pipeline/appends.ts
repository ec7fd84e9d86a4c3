/** Times of appends: the clock's, but each later than the one before, so that each names one batch. */
export class Appends {
  readonly #clock: () => number;
  #lastMs = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get lastMs(): number {
    return this.#lastMs;
  }

  next(): number {
    return (this.#lastMs = Math.max(this.#clock(), this.#lastMs + 1));
  }
}
