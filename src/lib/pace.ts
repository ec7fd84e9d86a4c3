import { Bell } from './bell.ts';

/** Lets calls begin at most once in so many milliseconds. */
export class Pace {
  readonly #intervalMs: number;
  readonly #bell = new Bell();
  #nextAt = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Resolves when the next call may begin, or with the signal. One caller at a time. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    if (now < this.#nextAt) await this.#bell.sleep(this.#nextAt - now, signal);
    this.#nextAt = performance.now() + this.#intervalMs;
  }
}
