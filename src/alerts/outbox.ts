import { WhosawError } from '../core/errors.ts';
import type { Notification, NotificationResult, NotificationStore, Sink } from '../core/ports.ts';
import { Bell } from '../lib/bell.ts';
import type { Alert } from '../core/alert.ts';
import { parseTimeUs } from '../lib/time.ts';

export interface OutboxOptions {
  readonly store: NotificationStore;
  readonly sinks: readonly Sink[];
  readonly clock: () => number;
  /** Said once for each trouble of a sink: refused, away, back again. */
  readonly notice: (text: string, facts: Readonly<Record<string, string | number>>) => void;
  /** First pause after a failure; doubles up to the longest. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** Looks again after so long, although nobody called. */
  readonly idleMs?: number;
}

export interface Outbox {
  /** Something was committed: there may be somebody to tell. */
  wake(): void;
  /** Delivers until the signal; each sink by itself, so that one that is away holds up no other. */
  run(signal: AbortSignal): Promise<void>;
}

const AT_ONCE = 200;
/** Sinks that call people get one digest of alerts that ended longer ago than this. */
const PAST_MS = 3_600_000;
const IDLE_MS = 60_000;

/**
 * The durable outbox: once for each alert and sink in normal running, at least once over a crash (a delivery that was
 * not settled is made again). Tried until accepted, with back-off; a refusal is kept with its reason.
 */
export function outbox(options: OutboxOptions): Outbox {
  const workers = options.sinks.map((sink) => new SinkWorker(sink, options));
  return {
    wake: () => {
      for (const worker of workers) worker.bell.ring();
    },
    run: async (signal) => {
      await Promise.all(workers.map((worker) => worker.run(signal)));
    },
  };
}

/** Over for more than an hour when its events were seen: history, not news. A sink that was away makes no history of news. */
function isPast({ ends, events }: Alert): boolean {
  const seenUs = Math.max(0, ...events.map(({ seen }) => parseTimeUs(seen) ?? 0));
  return (parseTimeUs(ends) ?? 0) < seenUs - PAST_MS * 1_000;
}

class SinkWorker {
  readonly bell = new Bell();
  readonly #sink: Sink;
  readonly #options: OutboxOptions;
  #failures = 0;

  constructor(sink: Sink, options: OutboxOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.#deliverAll(signal);
      // While a sink is away, new alerts do not call it sooner.
      if (pauseMs > 0) await new Bell().sleep(pauseMs, signal);
      else await this.bell.sleep(this.#options.idleMs ?? IDLE_MS, signal);
    }
  }

  /** How long to wait before the next try; 0 when nothing is left. */
  async #deliverAll(signal: AbortSignal): Promise<number> {
    for (;;) {
      const pending = await this.#options.store.pending(AT_ONCE, this.#sink.name);
      if (pending.length === 0) return 0;
      for (const parcel of this.#parcels(pending)) {
        if (signal.aborted) return 0;
        const pauseMs = await this.#deliver(parcel, signal);
        if (pauseMs > 0) return pauseMs;
      }
    }
  }

  #parcels(pending: readonly Notification[]): readonly (readonly Notification[])[] {
    const single = (notification: Notification): readonly Notification[] => [notification];
    if (!this.#sink.callsPeople) return pending.map(single);
    const past = pending.filter(({ alert }) => isPast(alert));
    const present = pending.filter(({ alert }) => !isPast(alert)).map(single);
    return past.length === 0 ? present : [past, ...present];
  }

  async #deliver(parcel: readonly Notification[], signal: AbortSignal): Promise<number> {
    try {
      await this.#sink.deliver(
        parcel.map(({ alert }) => alert),
        signal,
      );
    } catch (error) {
      return signal.aborted ? 0 : this.#fail(parcel, error);
    }
    if (this.#failures > 0) this.#options.notice('Sink accepts alerts again.', { sink: this.#sink.name });
    this.#failures = 0;
    await this.#settle(parcel, () => ({ state: 'delivered', atMs: this.#options.clock() }));
    return 0;
  }

  async #fail(parcel: readonly Notification[], error: unknown): Promise<number> {
    const reason = error instanceof Error ? error.message : 'unknown error';
    if (error instanceof WhosawError && error.code === 'SINK_REFUSED') {
      this.#options.notice('Sink refused an alert; it is kept with the reason.', { sink: this.#sink.name, reason });
      await this.#settle(parcel, () => ({ state: 'refused', atMs: this.#options.clock(), reason }));
      return 0;
    }
    this.#failures += 1;
    if (this.#failures === 1)
      this.#options.notice('Sink is away; alerts wait for it.', { sink: this.#sink.name, reason });
    await this.#settle(parcel, ({ attempts }) => ({ state: 'pending', attempts: attempts + 1, reason }));
    return this.#pauseMs(error);
  }

  /** Exponential with jitter, never sooner than the sink asked for. */
  #pauseMs(error: unknown): number {
    const { firstPauseMs = 1_000, longestPauseMs = 300_000 } = this.#options;
    const asked = error instanceof WhosawError ? (error.retryAfterMs ?? 0) : 0;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 20));
    return Math.max(asked, pause * (0.5 + Math.random() / 2), 1);
  }

  async #settle(
    parcel: readonly Notification[],
    result: (notification: Notification) => NotificationResult,
  ): Promise<void> {
    for (const notification of parcel) {
      await this.#options.store.settle(
        { alertId: notification.alertId, sink: notification.sink },
        result(notification),
      );
    }
  }
}
