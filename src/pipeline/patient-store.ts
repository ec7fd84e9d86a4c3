import type { AccessReader } from '../core/access-reader.ts';
import { WhosawError } from '../core/errors.ts';
import type { EventRange, EventStore, NotificationStore, StoredEvent } from '../core/ports.ts';
import { backoffMs } from '../lib/backoff.ts';
import { Bell } from '../lib/bell.ts';

/** The pipeline's side of a store. */
export type PipelineStore = EventStore & NotificationStore & Pick<AccessReader, 'alerts' | 'sources' | 'checkpoint'>;

export interface Patience {
  /** Said once for each time that the store is away, and once when it is back. */
  readonly notice: (text: string, facts: Readonly<Record<string, string>>) => void;
  /** Ends the waiting: what was asked then fails as it did. */
  readonly signal: AbortSignal;
  /** The first pause. */
  readonly firstMs?: number;
}

const LONGEST_PAUSE_MS = 10_000;

/**
 * Waits for a server that is away, where the pipeline asks: a worker does not end because of it. Commits wait by themselves.
 * People who ask are told at once instead.
 */
export function patient(store: PipelineStore, patience: Patience): PipelineStore {
  const wait = <T>(ask: () => Promise<T>): Promise<T> => patiently(ask, patience);
  return {
    commit: (batch, signal) => store.commit(batch, signal ?? patience.signal),
    load: () => wait(() => store.load()),
    events: (range) => readOn(store, range, patience),
    eventsById: (ids, timeUs) => wait(() => store.eventsById(ids, timeUs)),
    markWarmed: (rules) => wait(() => store.markWarmed(rules)),
    pending: (limit, sink) => wait(() => store.pending(limit, sink)),
    settle: (key, result) => wait(() => store.settle(key, result)),
    alerts: (question) => wait(() => store.alerts(question)),
    sources: () => wait(() => store.sources()),
    checkpoint: (source) => wait(() => store.checkpoint(source)),
  };
}

async function patiently<T>(ask: () => Promise<T>, patience: Patience): Promise<T> {
  const { notice, signal, firstMs = 500 } = patience;
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await ask();
      if (tries > 0) notice('The store answers again.', {});
      return answer;
    } catch (error) {
      if (!(error instanceof WhosawError) || !error.retryable || signal.aborted) throw error;
      if (tries === 0) notice('The store is away; it is waited for.', { reason: error.message });
      await new Bell().sleep(backoffMs(tries + 1, Math.random(), { firstMs, longestMs: LONGEST_PAUSE_MS }), signal);
    }
  }
}

/** Goes on behind what was read before the store went away. */
async function* readOn(
  store: Pick<EventStore, 'events'>,
  range: EventRange,
  patience: Patience,
): AsyncGenerator<readonly StoredEvent[]> {
  let last: StoredEvent | undefined;
  const open = (): AsyncIterator<readonly StoredEvent[]> => store.events(range)[Symbol.asyncIterator]();
  let pages = open();
  try {
    for (;;) {
      const page = await patiently(async () => {
        try {
          return await pages.next();
        } catch (error) {
          pages = open();
          throw error;
        }
      }, patience);
      if (page.done === true) return;
      const known = last;
      const news = known === undefined ? page.value : page.value.filter((event) => isBehind(event, known));
      last = news.at(-1) ?? last;
      if (news.length > 0) yield news;
    }
  } finally {
    await pages.return?.();
  }
}

function isBehind({ observation: a }: StoredEvent, { observation: b }: StoredEvent): boolean {
  return a.timeUs > b.timeUs || (a.timeUs === b.timeUs && a.event.event.id > b.event.event.id);
}
