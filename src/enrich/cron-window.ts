import { Cron } from 'croner';
import { fail, ok, type Result } from '../core/result.ts';
import { instantOf, type Zone } from '../lib/zone.ts';
import { windowOf, type Interval, type Window } from './window.ts';

/** Minute, hour, day of month, month, day of week; the error says what is wrong with the text. */
export function parseCron(text: string): Result<Cron, string> {
  // croner puts the time of parsing in place of a `?`.
  if (text.includes('?')) return fail('"?" cannot stand in the cron expression of a window; write "*"');
  try {
    // Wall-clock times are counted as if they were UTC: what a zone makes of them is decided in startOf.
    const cron = new Cron(text, { timezone: 'Etc/UTC', mode: '5-part' });
    if (cron.nextRun(new Date(0)) === null) return fail('this cron expression never comes true');
    return ok(cron);
  } catch (error) {
    return fail(error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'is no cron expression');
  }
}

/**
 * Opens at every wall-clock time of the cron expression, for `lastsMs` real milliseconds. A start that the zone's clock
 * skips is at the end of the gap; one that it shows twice is the first of the two, and only that.
 */
export function cronWindow(cron: Cron, lastsMs: number, zone: Zone): Window {
  const startOf = (wall: Date): number => instantOf(zone, wall.getTime(), 'end');
  return windowOf(DAY_MS, (stretch) => {
    const intervals: Interval[] = [];
    // From the last start that the clock showed before the stretch: starts come in the order of the clock's times, and
    // of those before the stretch only the last one can reach into it.
    const clock = new Date(stretch.from + zone.offsetMs(stretch.from));
    let wall = cron.previousRuns(1, clock)[0] ?? cron.nextRun(new Date(stretch.from - DAY_MS));
    for (; wall !== null; wall = cron.nextRun(wall)) {
      const from = startOf(wall);
      if (from >= stretch.to) break;
      intervals.push({ from, to: from + lastsMs });
    }
    return intervals;
  });
}

const DAY_MS = 86_400_000;
