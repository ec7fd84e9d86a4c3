import type { Random } from './random.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Monday, 00:00: the quiet week begins. */
export const START = Date.UTC(2026, 2, 2);
/** The Monday after it, 15:40: the incident ends. SAMPLES_END_MS of src/cli/demo-samples.ts is the same instant. */
export const END = Date.UTC(2026, 2, 9, 15, 40);
/** The first thing that the intruder does. */
export const INCIDENT = Date.UTC(2026, 2, 9, 12, 41);

/** Whole seconds, as CloudTrail and tokens write them. */
export function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** With as many decimals as the vendor writes (3 or more); those that `ms` does not have are invented. */
export function fraction(ms: number, decimals: number, random: Random): string {
  return `${new Date(ms).toISOString().slice(0, 23)}${random.text(decimals - 3, '0123456789')}Z`;
}

/** Again and again until the end of the samples, never quite on time. */
export function* every(periodMs: number, random: Random, from = START): Generator<number> {
  for (let at = from + random.int(0, periodMs); at < END - MINUTE; at += periodMs) {
    yield at + random.int(0, Math.floor(periodMs / 10));
  }
}

/** Midnights of the week and of the incident day. */
export function days(): readonly number[] {
  return Array.from({ length: 8 }, (_, day) => START + day * DAY);
}

/** Some moments of working hours of every weekday of the week; the incident day's morning as well. */
export function* workingHours(perDay: number, random: Random): Generator<number> {
  for (const midnight of days()) {
    const weekday = new Date(midnight).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    const length = 9 * HOUR;
    for (let index = 0; index < perDay; index++) {
      const slot = length / perDay;
      const at = midnight + 8 * HOUR + Math.floor(index * slot) + random.int(0, Math.floor(slot * 0.8));
      if (at < INCIDENT - HOUR) yield at;
    }
  }
}
