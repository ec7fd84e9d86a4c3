import { formatTimeUs } from '../../lib/time.ts';

/** What `@timestamp` says beyond microseconds: digits behind the point (at most 9), and the last three of them. */
export interface Precision {
  readonly digits: number;
  readonly nanos: number;
}

export function precisionOf(timestamp: string): Precision {
  const point = timestamp.indexOf('.', 19);
  if (point === -1) return { digits: 0, nanos: 0 };
  let end = point + 1;
  while (isDigit(timestamp.charCodeAt(end))) end += 1;
  const digits = Math.min(9, end - point - 1);
  if (digits <= 6) return { digits, nanos: 0 };
  return { digits, nanos: Number(timestamp.slice(point + 7, point + 1 + digits).padEnd(3, '0')) };
}

/** The time as the source wrote it, in UTC: RFC 3339 with the source's number of digits. */
export function printPreciseTime(timeUs: number, { digits, nanos }: Precision): string {
  const second = Math.floor(timeUs / 1_000_000);
  const head = formatTimeUs(second * 1_000_000).slice(0, -1);
  if (digits === 0) return `${head}Z`;
  const fraction = String(timeUs - second * 1_000_000).padStart(6, '0') + String(nanos).padStart(3, '0');
  return `${head}.${fraction.slice(0, digits)}Z`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
