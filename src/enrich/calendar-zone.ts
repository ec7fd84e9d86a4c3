import { fail, ok, type Result } from '../core/result.ts';
import { openZone, type Zone } from '../lib/zone.ts';
import { memoize } from '../lib/memoize.ts';
import { parseCalendarTime, parseRecurrence, parseUtcOffset, type CalendarTime } from './calendar-values.ts';
import { firstProperty, propertiesOf, textOf, type Component } from './ical.ts';
import { occurrencesIn } from './recurrence.ts';

export const UTC: Zone = { offsetMs: () => 0 };

/** Finds the zone of a TZID: as the calendar itself defines it (VTIMEZONE), otherwise the IANA zone of that name. */
export function zonesOf(calendar: Component): (tzid: string) => Result<Zone, string> {
  const definitions = new Map(calendar.components('vtimezone').map((part) => [textOf(part, 'tzid'), part]));
  return memoize(100, (tzid: string) => {
    const definition = definitions.get(tzid);
    if (definition !== undefined) return defineZone(definition, tzid);
    const zone = openZone(tzid);
    return zone === undefined ? fail(`TZID ${tzid} is neither defined in the calendar nor an IANA zone`) : ok(zone);
  });
}

/** From this instant on the clock is so far ahead of UTC. */
interface Change {
  readonly at: number;
  readonly offsetMs: number;
}

interface Observance {
  readonly fromMs: number;
  readonly changes: readonly Change[];
}

function defineZone(definition: Component, tzid: string): Result<Zone, string> {
  const parts = [...definition.components('standard'), ...definition.components('daylight')];
  if (parts.length === 0 || parts.length > OBSERVANCES_LIMIT) return fail(`VTIMEZONE ${tzid} defines no usable time`);
  const observances: Observance[] = [];
  for (const part of parts) {
    const observance = parseObservance(part);
    if (!observance.ok) return fail(`VTIMEZONE ${tzid}: ${observance.error}`);
    observances.push(observance.value);
  }
  const changes = observances.flatMap((observance) => observance.changes).toSorted((a, b) => a.at - b.at);
  const first = observances.toSorted((a, b) => (a.changes[0]?.at ?? 0) - (b.changes[0]?.at ?? 0))[0]?.fromMs ?? 0;
  return ok({ offsetMs: (timeMs) => lastBefore(changes, timeMs)?.offsetMs ?? first });
}

const OBSERVANCES_LIMIT = 400;
/** Repeated changes are worked out for these years; behind them the clock stays as it was last. */
const FROM_WALL = Date.UTC(1970, 0, 1);
const TO_WALL = Date.UTC(2100, 0, 1);

/** One STANDARD or DAYLIGHT part: when it begins, again and again. Its times are those of the clock before the change. */
function parseObservance(part: Component): Result<Observance, string> {
  const start = parseCalendarTime(textOf(part, 'dtstart'));
  const fromMs = parseUtcOffset(textOf(part, 'tzoffsetfrom'));
  const offsetMs = parseUtcOffset(textOf(part, 'tzoffsetto'));
  if (start === undefined || fromMs === undefined || offsetMs === undefined) {
    return fail('DTSTART, TZOFFSETFROM and TZOFFSETTO are needed');
  }
  const dates = propertiesOf(part, 'rdate').flatMap((property) => property.values.map(parseCalendarTime));
  const walls = [start.wall, ...dates.filter((date) => date !== undefined).map((date) => wallOf(date, fromMs))];
  const rule = firstProperty(part, 'rrule')?.values[0];
  if (rule !== undefined) {
    const parsed = parseRecurrence(rule, start.wall);
    if (!parsed.ok) return parsed;
    const { recurrence, until } = parsed.value;
    if (recurrence.frequency !== 'yearly') return fail('only FREQ=YEARLY can say when clocks change');
    const untilWall = until === undefined ? recurrence.untilWall : wallOf(until, fromMs);
    walls.push(...occurrencesIn({ ...recurrence, untilWall }, FROM_WALL, TO_WALL));
  }
  const changes = walls.map((wall) => ({ at: wall - fromMs, offsetMs })).toSorted((a, b) => a.at - b.at);
  return ok({ fromMs, changes });
}

function wallOf(time: CalendarTime, offsetMs: number): number {
  return time.isUtc ? time.wall + offsetMs : time.wall;
}

function lastBefore(changes: readonly Change[], timeMs: number): Change | undefined {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.at ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1];
}
