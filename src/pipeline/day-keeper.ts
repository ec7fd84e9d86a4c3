import { setTimeout as sleep } from 'node:timers/promises';
import type { DayStore } from '../core/days.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { Log } from './log.ts';
import { DAY_MS, dayText, indexDays, keepDays, type Retention } from './retention.ts';

export interface DayKeeperOptions {
  readonly store: DayStore & Pick<AccessReader, 'days'>;
  readonly settings: Retention;
  readonly clock: () => number;
  readonly log: Log;
}

/**
 * Seals and deletes old days, at once and after each midnight UTC; makes complete days quick to ask about, and again each hour
 * those for which something came late. What fails is tried again later. Ends with the signal.
 */
export async function keepDaysWhileRunning(
  { store, settings, clock, log }: DayKeeperOptions,
  signal: AbortSignal,
): Promise<void> {
  let dueMs = clock();
  while (!signal.aborted) {
    try {
      await indexDays(store, clock(), signal);
      if (clock() >= dueMs) {
        for await (const { what, day, events } of keepDays(store, settings, clock(), signal)) {
          log.info({ day: dayText(day), events }, what === 'sealed' ? 'Sealed a day.' : 'Deleted a day: retention.');
        }
        dueMs = (Math.floor(clock() / DAY_MS) + 1) * DAY_MS + AFTER_MIDNIGHT_MS;
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error }, 'An old day stays as it is; it is tried again in an hour.');
    }
    const leftMs = dueMs - clock();
    const pauseMs = leftMs > 0 ? Math.min(leftMs, AGAIN_MS) : AGAIN_MS;
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Other things are due at midnight. */
const AFTER_MIDNIGHT_MS = 5 * 60_000;
const AGAIN_MS = 3_600_000;
