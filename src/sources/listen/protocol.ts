import type { Gap } from '../../core/gap.ts';
import type { SourceType } from '../../core/record.ts';
import type { Address } from './address.ts';

/** How the listeners' thread is told what to do. Plain data: it goes from one thread to another. */
export interface WorkerOptions {
  readonly sources: readonly ListenSource[];
}

export interface ListenSource {
  readonly name: string;
  readonly type: SourceType;
  readonly cluster?: string;
  readonly address: Address;
  readonly tls?: Certificate;
  /** HTTP: SHA-256 of the token, hex. */
  readonly tokenHash?: string;
  readonly spill: { readonly folder: string; readonly limitBytes: number; readonly floor: number };
  /** See `Positions`. */
  readonly positions: SharedArrayBuffer;
}

/** PEM texts. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  /** Clients must have a certificate of this authority. */
  readonly clientCa?: string;
}

/** From the listeners' thread. */
export type Told =
  /** Everything listens; ports that the system chose, by source. */
  | { readonly told: 'ready'; readonly ports: Readonly<Record<string, number>> }
  | { readonly told: 'failed'; readonly message: string; readonly cause: string }
  | {
      readonly told: 'notice';
      readonly source: string;
      readonly text: string;
      readonly facts: Readonly<Record<string, string | number>>;
    }
  /** Something is missing that is not put down yet, or that somebody should know of at once. */
  | { readonly told: 'gap'; readonly source: string; readonly gap: Gap }
  | { readonly told: 'closed' };

/** Shared between the threads: how far a spill was written, and how far nobody needs it any more. */
export class Positions {
  readonly #values: BigInt64Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.#values = new BigInt64Array(buffer);
  }

  static create(): SharedArrayBuffer {
    return new SharedArrayBuffer(16);
  }

  get end(): number {
    return Number(Atomics.load(this.#values, 0));
  }

  set end(position: number) {
    Atomics.store(this.#values, 0, BigInt(position));
    Atomics.notify(this.#values, 0);
  }

  get done(): number {
    return Number(Atomics.load(this.#values, 1));
  }

  set done(position: number) {
    Atomics.store(this.#values, 1, BigInt(position));
  }

  /** Resolves when the end is another than this, or after so many milliseconds. */
  async changed(end: number, ms: number): Promise<void> {
    const { async, value } = Atomics.waitAsync(this.#values, 0, BigInt(end), ms);
    if (async) await value;
  }
}
