import type { ScanOptions } from './scan-options.ts';

type Callbacks = Pick<ScanOptions, 'onRejection' | 'onSkipped' | 'onUnreadable'>;

/** What was said of the files so far: a run that begins again says the same in the same order, and nothing twice. */
export class Told {
  readonly #callbacks: Callbacks;
  readonly #said = { onRejection: 0, onSkipped: 0, onUnreadable: 0 };

  constructor({ onRejection, onSkipped, onUnreadable }: Callbacks) {
    this.#callbacks = { onRejection, onSkipped, onUnreadable };
  }

  /** For a run from the beginning: of what it says, that is passed on which no run before it said. */
  callbacks(): Callbacks {
    const { onRejection, onSkipped, onUnreadable } = this.#callbacks;
    return {
      onRejection: this.#beyond('onRejection', onRejection),
      onSkipped: this.#beyond('onSkipped', onSkipped),
      onUnreadable: this.#beyond('onUnreadable', onUnreadable),
    };
  }

  #beyond<A extends readonly unknown[]>(kind: keyof Callbacks, callback: (...args: A) => void): (...args: A) => void {
    let count = 0;
    return (...args) => {
      count += 1;
      if (count <= this.#said[kind]) return;
      this.#said[kind] = count;
      callback(...args);
    };
  }
}
