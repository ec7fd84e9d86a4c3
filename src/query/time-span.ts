import { parseTimeUs } from '../lib/time.ts';

/**
 * A time as Elasticsearch reads it -> the microseconds that it stands for, both inclusive: `2025-03-15` is the whole UTC
 * day, `2025-03-15T02:34Z` the minute, `now-2h` the instant, `now-1d/d` the day in which that is. undefined for others.
 */
export function timeSpan(text: string, nowMs: number): readonly [number, number] | undefined {
  const relative = NOW.exec(text);
  if (relative !== null) return nowSpan(relative, nowMs);
  const match = WHEN.exec(text);
  if (match === null) return undefined;
  const [, date = '', hour, minute, second, fraction = '', zone = 'Z'] = match;
  const full = date.length === 4 ? `${date}-01-01` : date.length === 7 ? `${date}-01` : date;
  const fromUs = parseTimeUs(`${full}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}${fraction}${zone}`);
  if (fromUs === undefined) return undefined;
  if (date.length === 4) return [fromUs, calendarAdd(fromUs, 'y', 1) - 1];
  if (date.length === 7) return [fromUs, calendarAdd(fromUs, 'M', 1) - 1];
  if (hour === undefined) return [fromUs, fromUs + 86_400_000_000 - 1];
  if (minute === undefined) return [fromUs, fromUs + 3_600_000_000 - 1];
  if (second === undefined) return [fromUs, fromUs + 60_000_000 - 1];
  return [fromUs, fromUs + 10 ** Math.max(0, 7 - Math.max(fraction.length, 1)) - 1];
}

const WHEN = /^(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(\.\d{1,9})?)?)?)?(Z|[+-]\d\d:\d\d)?$/;
const NOW = /^now((?:[+-]\d{1,6}[yMwdhms])*)(?:\/([yMwdhms]))?$/;

function nowSpan([, steps = '', unit]: readonly (string | undefined)[], nowMs: number): readonly [number, number] {
  let timeUs = nowMs * 1_000;
  for (const [, sign, count, step = 's'] of steps.matchAll(/([+-])(\d+)([yMwdhms])/g)) {
    timeUs = calendarAdd(timeUs, step, Number(count) * (sign === '-' ? -1 : 1));
  }
  if (unit === undefined) return [timeUs, timeUs];
  const fromUs = floorTo(timeUs, unit);
  return [fromUs, calendarAdd(fromUs, unit, 1) - 1];
}

const FIXED_US: Readonly<Record<string, number>> = {
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
  w: 7 * 86_400_000_000,
};

function calendarAdd(timeUs: number, unit: string, count: number): number {
  const fixed = FIXED_US[unit];
  if (fixed !== undefined) return timeUs + count * fixed;
  const date = new Date(Math.floor(timeUs / 1_000));
  if (unit === 'M') date.setUTCMonth(date.getUTCMonth() + count);
  else date.setUTCFullYear(date.getUTCFullYear() + count);
  return date.getTime() * 1_000 + (timeUs - Math.floor(timeUs / 1_000) * 1_000);
}

function floorTo(timeUs: number, unit: string): number {
  const date = new Date(timeUs / 1_000);
  if (unit === 'y') return Date.UTC(date.getUTCFullYear(), 0) * 1_000;
  if (unit === 'M') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1_000;
  const fixed = FIXED_US[unit] ?? 1;
  // Weeks begin on Monday; 1970 began on a Thursday.
  const shift = unit === 'w' ? 3 * 86_400_000_000 : 0;
  return Math.floor((timeUs + shift) / fixed) * fixed - shift;
}
