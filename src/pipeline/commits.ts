import type { CommitBatch, EventStore } from '../core/ports.ts';
import type { Meter } from './meter.ts';

/** What is told of a commit: its events are not kept until it is done, because they would be most of the memory. */
export type Committed = Omit<CommitBatch, 'observations'>;

export interface CommitsOptions {
  readonly store: Pick<EventStore, 'commit'>;
  /** Called after each commit, in their order. */
  readonly onCommit: (committed: Committed) => void;
  readonly meter?: Pick<Meter, 'stored'> | undefined;
  /** Called at once when a commit fails. */
  readonly onFailure: (error: unknown) => void;
}

/** Commits that the store may be behind. */
const IN_FLIGHT = 4;

/** Commits in their order, a few at a time in flight; the first failure is thrown by every later call. */
export class Commits {
  readonly #options: CommitsOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** Resolves when there is room for another. `onDurable` is called when this one survives everything. */
  async add(batch: CommitBatch, onDurable?: () => void): Promise<void> {
    this.#check();
    const commit = this.#commit(batch, onDurable).finally(() => this.#inFlight.delete(commit));
    this.#inFlight.add(commit);
    const [oldest] = this.#inFlight;
    if (this.#inFlight.size >= IN_FLIGHT) await oldest;
    this.#check();
  }

  /** Resolves when all that was added until now is durable. */
  async finish(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#check();
  }

  #commit(batch: CommitBatch, onDurable: (() => void) | undefined): Promise<void> {
    const { observations: _, ...committed } = batch;
    const { rejections, alerts } = committed;
    const startedAt = performance.now();
    return this.#options.store
      .commit(batch)
      .then((receipt) => {
        const seconds = (performance.now() - startedAt) / 1_000;
        this.#options.meter?.stored(receipt, { seconds, rejections: rejections.length, alerts: alerts.length });
        onDurable?.();
        this.#options.onCommit(committed);
      })
      .catch((error: unknown) => {
        if (this.#failure === undefined) this.#options.onFailure(error);
        this.#failure ??= { error };
      });
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
