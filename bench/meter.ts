/** What a piece of work took, of all the threads of the process. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Adds up what the measured calls take; what is between them does not count. */
export class Meter {
  #cpuUs = 0;
  #wallMs = 0;

  run<T>(job: () => T): T {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = job();
    this.#wallMs += performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuUs += user + system;
    return result;
  }

  get cost(): Cost {
    return { cpuSeconds: this.#cpuUs / 1e6, wallSeconds: this.#wallMs / 1e3 };
  }
}
