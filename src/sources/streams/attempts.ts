import { Bell } from '../../lib/bell.ts';
import type { Notice } from './stream.ts';

/** What is wrong with a request to a cloud. */
export interface Trouble {
  /**
   * `busy`: asked to slow down. `away`: the service or the network failed. `refused`: it stays so until somebody
   * changes something; it is tried on all the same, because that may be done while whosaw runs.
   */
  readonly kind: 'busy' | 'away' | 'refused';
  /** What, which, and what to do; never a credential. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

export interface AttemptsOptions {
  /** For people: which stream. */
  readonly stream: string;
  readonly explain: (error: unknown) => Trouble;
  readonly notice: Notice;
  readonly timing?: Partial<AttemptsTiming> | undefined;
}

export interface AttemptsTiming {
  /** The first wait; each one after it is twice as long, less up to a half. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Between two tries of what was refused. */
  readonly refusedMs: number;
}

const TIMING: AttemptsTiming = { firstMs: 500, longestMs: 60_000, refusedMs: 60_000 };
/** Trouble that passes by itself is said when it came so many times in a row. */
const SAID_AFTER = { busy: 8, away: 3, refused: 1 } as const;

/** The requests of one stream, each tried until it works; says each trouble once, and once that it is over. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #timing: AttemptsTiming;
  readonly #bell = new Bell();
  #said: string | undefined;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
  }

  /** undefined: the signal came first. */
  async until<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const result = await run();
        this.#over();
        return result;
      } catch (error) {
        if (signal.aborted) return undefined;
        const trouble = this.#options.explain(error);
        if (attempt >= SAID_AFTER[trouble.kind]) this.say(trouble.message);
        await this.#bell.sleep(this.#waitMs(trouble, attempt), signal);
      }
    }
    return undefined;
  }

  /** One try; undefined: it failed, which is said. */
  async once<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await run();
      this.#over();
      return result;
    } catch (error) {
      this.say(this.#options.explain(error).message);
      return undefined;
    }
  }

  /** Once, until something works again. */
  say(message: string): void {
    if (this.#said === message) return;
    this.#said = message;
    this.#options.notice(message, { stream: this.#options.stream });
  }

  #over(): void {
    if (this.#said === undefined) return;
    this.#said = undefined;
    this.#options.notice('Reads again.', { stream: this.#options.stream });
  }

  #waitMs({ kind, retryAfterMs = 0 }: Trouble, attempt: number): number {
    const { firstMs, longestMs, refusedMs } = this.#timing;
    if (kind === 'refused') return refusedMs;
    const ms = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20));
    return Math.max(ms * (0.5 + Math.random() / 2), retryAfterMs);
  }
}
