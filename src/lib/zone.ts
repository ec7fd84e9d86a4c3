import { memoize } from './memoize.ts';

/** What a time zone is to us: its offset from UTC at an instant. */
export interface Zone {
  /** Milliseconds to add to UTC. */
  offsetMs(timeMs: number): number;
}

/** An IANA zone (`Europe/Berlin`, `Etc/UTC`), from the runtime's own data; undefined where there is none of that name. */
export function openZone(name: string): Zone | undefined {
  const format = dateTimeFormat(name);
  if (format === undefined) return undefined;
  const ask = (timeMs: number): number => {
    const second = Math.floor(timeMs / 1000) * 1000;
    return wallMs(format, second) - second;
  };
  // No clock changes twice within a day, so equal offsets at its ends are those of the whole day.
  const offsetOfDay = memoize<number, number | undefined>(DAYS_LIMIT, (day) => {
    const offset = ask(day * DAY_MS);
    return ask((day + 1) * DAY_MS - 1) === offset ? offset : undefined;
  });
  return { offsetMs: (timeMs) => offsetOfDay(Math.floor(timeMs / DAY_MS)) ?? ask(timeMs) };
}

/**
 * Wall-clock time (as if it were UTC, in milliseconds) -> the instant. A time that the clock shows twice is its first
 * occurrence. One that it skips is the end of the gap, or with `before` what the clock would show had it not been put
 * forward (RFC 5545, 3.3.5).
 */
export function instantOf(zone: Zone, wallMs: number, gap: 'end' | 'before'): number {
  const before = zone.offsetMs(wallMs - DAY_MS);
  const after = zone.offsetMs(wallMs + DAY_MS);
  const first = wallMs - Math.max(before, after);
  const second = wallMs - Math.min(before, after);
  if (wallMs - zone.offsetMs(first) === first) return first;
  if (wallMs - zone.offsetMs(second) === second) return second;
  return gap === 'end' ? changeBetween(zone, first, second) : wallMs - before;
}

const DAY_MS = 86_400_000;
const DAYS_LIMIT = 2_048;

function dateTimeFormat(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
}

function wallMs(format: Intl.DateTimeFormat, timeMs: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(timeMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The first millisecond after `low`, at most `high`, whose offset is not that of `low`. */
function changeBetween(zone: Zone, low: number, high: number): number {
  const offset = zone.offsetMs(low);
  let same = low;
  let changed = high;
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (zone.offsetMs(middle) === offset) same = middle;
    else changed = middle;
  }
  return changed;
}
