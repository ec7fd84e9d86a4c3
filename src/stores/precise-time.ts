import { formatTimeUs } from '../lib/time.ts';

/**
 * What `@timestamp` says beyond microseconds, in one number that orders times of the same microsecond: the three digits
 * below it, then how many digits (at most 9) stand behind the point.
 */
export function precisionOf(timestamp: string): number {
  const point = timestamp.indexOf('.', SECONDS_END);
  if (point === -1) return 0;
  let end = point + 1;
  while (isDigit(timestamp.charCodeAt(end))) end += 1;
  const digits = Math.min(9, end - point - 1);
  if (digits <= 6) return digits;
  return Number(timestamp.slice(point + 7, point + 1 + digits).padEnd(3, '0')) * 10 + digits;
}

/** The time as the source wrote it, in UTC: RFC 3339 with the source's number of digits. */
export function printPreciseTime(timeUs: number, precision: number): string {
  const second = Math.floor(timeUs / 1_000_000);
  const head = formatTimeUs(second * 1_000_000).slice(0, -1);
  const digits = precision % 10;
  if (digits === 0) return `${head}Z`;
  const nanos = String(Math.floor(precision / 10)).padStart(3, '0');
  const fraction = String(timeUs - second * 1_000_000).padStart(6, '0') + nanos;
  return `${head}.${fraction.slice(0, digits)}Z`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Length of `2025-03-15T02:36:40`. */
const SECONDS_END = 19;
