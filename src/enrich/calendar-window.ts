import { fail, ok, type Result } from '../core/result.ts';
import type { Zone } from '../lib/zone.ts';
import { intervalAt, isExcluded, parseEvents, type Series } from './calendar-events.ts';
import { parseCalendarFile } from './ical.ts';
import { DAY_MS, occurrencesIn } from './recurrence.ts';
import { windowOf, type Interval, type Window } from './window.ts';

/**
 * Opens while any event of an iCalendar file (RFC 5545) takes place; cancelled ones do not. Times without a zone, and
 * whole days, are those of `zone`, else of the calendar's X-WR-TIMEZONE, else UTC. All that is wrong with the file is
 * reported: an event that is not understood could otherwise make a forbidden read look planned, or a planned one not.
 * A question costs no more for a series that began long ago, so no calendar can hold the caller up.
 */
export function calendarWindow(text: string, zone?: Zone): Result<Window, readonly string[]> {
  const calendar = parseCalendarFile(text);
  if (!calendar.ok) return fail([calendar.error]);
  const parsed = parseEvents(calendar.value, zone);
  if (!parsed.ok) return parsed;
  const { singles, series } = parsed.value;
  return ok(
    windowOf(STRETCH_MS, (stretch) => [
      ...singles.filter(({ from, to }) => from < stretch.to && to > stretch.from),
      ...series.flatMap((one) => intervalsOf(one, stretch)),
    ]),
  );
}

const STRETCH_MS = 32 * DAY_MS;
/** No zone's clock is further from UTC. */
const ZONE_LIMIT_MS = 2 * DAY_MS;

function intervalsOf({ rule, zone, span, excluded }: Series, stretch: Interval): readonly Interval[] {
  const from = stretch.from - span.days * DAY_MS - span.ms - ZONE_LIMIT_MS;
  return occurrencesIn(rule, from, stretch.to + ZONE_LIMIT_MS)
    .map((wall) => ({ wall, zone }))
    .filter((moment) => !isExcluded(moment, excluded))
    .map((moment) => intervalAt(moment, span));
}
