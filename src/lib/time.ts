/**
 * RFC 3339 in UTC or with an offset (none: UTC) -> microseconds since 1970; undefined where the text is none, or names
 * a day that no calendar has. Digits below the microsecond are cut off: order below it is by event id. A leap second
 * (`23:59:60`) is the first instant of the next day.
 */
export function parseTimeUs(text: string): number | undefined {
  const seconds = wallSeconds(text);
  if (Number.isNaN(seconds)) return undefined;
  let end = SECONDS_END;
  let fraction = 0;
  if (text.charCodeAt(end) === DOT) {
    end = digitsEnd(text, end + 1);
    if (end === SECONDS_END + 1 || end > SECONDS_END + 1 + MAX_DIGITS) return undefined;
    fraction = micros(text, SECONDS_END + 1, end);
  }
  const utc = seconds - offsetSeconds(text, end);
  const isLeap = text.charCodeAt(17) === SIX;
  if (Number.isNaN(utc) || (isLeap && utc % DAY_SECONDS !== 0)) return undefined;
  return utc * 1_000_000 + fraction;
}

/** A text that parseTimeUs read as `timeUs`, in the one form that documents have: UTC, `T` and `Z`, at most 9 digits. */
export function utcTime(text: string, timeUs: number): string {
  const isPlain = text.length <= 30 && text.charCodeAt(10) === UPPER_T && text.charCodeAt(text.length - 1) === UPPER_Z;
  return isPlain && text.charCodeAt(17) !== SIX ? text : formatTimeUs(timeUs);
}

/** Microseconds since 1970 -> RFC 3339 in UTC with six fractional digits, trailing zeros and an empty fraction cut off. */
export function formatTimeUs(timeUs: number): string {
  const second = Math.floor(timeUs / 1_000_000);
  const fraction = String(timeUs - second * 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const head = new Date(second * 1000).toISOString().slice(0, 19);
  return fraction === '' ? `${head}Z` : `${head}.${fraction}Z`;
}

export const DAY_US = 86_400_000_000;

const DAY_SECONDS = 86_400;
/** Where `2025-03-15T02:34:12` ends. */
const SECONDS_END = 19;
const MAX_DIGITS = 12;
const ZERO = 0x30;
const SIX = 0x36;
const DOT = 0x2e;
const COLON = 0x3a;
const DASH = 0x2d;
const PLUS = 0x2b;
const SPACE = 0x20;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
const LOWER = 0x20;

/** `2025-03-15T02:34:12` at the text's beginning -> seconds since 1970 by that clock; NaN where it is none. */
function wallSeconds(text: string): number {
  const separator = text.charCodeAt(10);
  const hasForm =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    ((separator | LOWER) === (UPPER_T | LOWER) || separator === SPACE) &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON;
  if (!hasForm) return NaN;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const time = clockSeconds(two(text, 11), two(text, 14), two(text, 17));
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return NaN;
  return (Date.UTC(year + CYCLE_YEARS, month - 1, day) - CYCLE_MS) / 1000 + time;
}

/** The calendar repeats itself after 400 years; Date.UTC takes the years 0 to 99 for 1900 to 1999. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;

function clockSeconds(hour: number, minute: number, second: number): number {
  return hour <= 23 && minute <= 59 && second <= 60 ? hour * 3600 + minute * 60 + second : NaN;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** What stands behind the seconds: nothing, `Z` or `+01:00` -> seconds; NaN where it is none. */
function offsetSeconds(text: string, at: number): number {
  const length = text.length - at;
  if (length === 0) return 0;
  const sign = text.charCodeAt(at);
  if (length === 1) return (sign | LOWER) === (UPPER_Z | LOWER) ? 0 : NaN;
  if (length !== 6 || text.charCodeAt(at + 3) !== COLON || (sign !== PLUS && sign !== DASH)) return NaN;
  const seconds = clockSeconds(two(text, at + 1), two(text, at + 4), 0);
  return sign === DASH ? -seconds : seconds;
}

/** Two digits as a number; NaN where one of them is none. */
function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : NaN;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (!Number.isNaN(digit(text, end))) end++;
  return end;
}

/** The digits of a fraction of a second, as microseconds. */
function micros(text: string, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < start + 6; at++) sum = sum * 10 + (at < end ? digit(text, at) : 0);
  return sum;
}
