import { setTimeout as sleep } from 'node:timers/promises';
import type { DayStore } from '../core/days.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { Log } from './log.ts';
import { DAY_MS, dayText, keepDays, type Retention } from './retention.ts';

export interface DayKeeperOptions {
  readonly store: DayStore & Pick<AccessReader, 'days'>;
  readonly settings: Retention;
  readonly clock: () => number;
  readonly log: Log;
}

/** Seals and deletes old days, at once and after each midnight UTC. What fails is tried again later. Ends with the signal. */
export async function keepDaysWhileRunning(
  { store, settings, clock, log }: DayKeeperOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let pauseMs = DAY_MS - (clock() % DAY_MS) + AFTER_MIDNIGHT_MS;
    try {
      for await (const { what, day, events } of keepDays(store, settings, clock(), signal)) {
        log.info({ day: dayText(day), events }, what === 'sealed' ? 'Sealed a day.' : 'Deleted a day: retention.');
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error }, 'An old day stays as it is; it is tried again in an hour.');
      pauseMs = Math.min(pauseMs, RETRY_MS);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Other things are due at midnight. */
const AFTER_MIDNIGHT_MS = 5 * 60_000;
const RETRY_MS = 3_600_000;
