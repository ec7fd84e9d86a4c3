import { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';
import { DAY_MS, type Recurrence, type Weekday } from './recurrence.ts';

/** A date or a time as it stands in a calendar: what a clock shows, as if it were UTC. */
export interface CalendarTime {
  readonly wall: number;
  readonly isDate: boolean;
  readonly isUtc: boolean;
}

/** Days are counted on the calendar, the rest is real time. */
export interface Span {
  readonly days: number;
  readonly ms: number;
}

/** `2025-03-15`, `2025-03-15T02:30:00`, with or without `Z` (jCal); undefined where there is no such time. */
export function parseCalendarTime(value: unknown): CalendarTime | undefined {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return undefined;
  const [text, date, time = 'T00:00:00', utc] = match;
  const wall = Date.parse(`${date}${time}Z`);
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== `${date}${time}`) return undefined;
  return { wall, isDate: text === date, isUtc: utc === 'Z' };
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d:\d\d)(Z)?)?$/;

/** `P1DT2H`, `PT45M`, `P2W`; undefined for what is none, or negative. */
export function parseSpan(value: unknown): Span | undefined {
  const match = typeof value === 'string' && /\d/.test(value) ? SPAN.exec(value) : null;
  if (match === null) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return { days: weeks * 7 + days, ms: ((hours * 60 + minutes) * 60 + seconds) * 1000 };
}

const SPAN = /^\+?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/;

/** `+01:00` -> milliseconds. */
export function parseUtcOffset(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(value) : null;
  if (match === null) return undefined;
  const [, sign, hours, minutes, seconds = '0'] = match;
  return (sign === '-' ? -1000 : 1000) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds));
}

export interface RecurrenceRule {
  /** Without its end: `until` and `count` say it. */
  readonly recurrence: Recurrence;
  readonly until?: CalendarTime;
  readonly count?: number;
}

/** A RRULE that starts at `startWall`; the error says what of it is not supported here. */
export function parseRecurrence(value: unknown, startWall: number): Result<RecurrenceRule, string> {
  const parsed = RECUR.safeParse(value);
  if (!parsed.success) return fail(`its repetition ${explain(parsed.error.issues[0])}`);
  const { freq, interval, until, count, wkst, bymonth, bymonthday, byday, byhour, byminute, bysetpos } = parsed.data;
  const frequency = FREQUENCIES[freq];
  const end = until === undefined ? undefined : parseCalendarTime(until);
  if (until !== undefined && end === undefined) return fail('its repetition has an UNTIL that is no time');
  const weekdays = byday?.map(parseWeekday);
  if (weekdays?.some(({ nth }) => nth !== 0) === true && (freq === 'DAILY' || freq === 'WEEKLY')) {
    return fail(`its repetition counts weekdays, which FREQ=${freq} cannot`);
  }
  const recurrence: Recurrence = {
    frequency,
    interval,
    startWall,
    untilWall: Number.POSITIVE_INFINITY,
    weekStart: wkst - 1,
    times: timesOf(startWall, byhour, byminute),
    positions: bysetpos,
    ...daysOf(frequency, new Date(startWall), bymonth, bymonthday, weekdays),
  };
  return ok({ recurrence, ...(end === undefined ? {} : { until: end }), ...(count === undefined ? {} : { count }) });
}

const FREQUENCIES = { DAILY: 'daily', WEEKLY: 'weekly', MONTHLY: 'monthly', YEARLY: 'yearly' } as const;

function oneOrMore<T>(item: z.ZodType<T>): z.ZodType<readonly T[] | undefined> {
  return z.union([item.transform((one): readonly T[] => [one]), z.array(item).min(1).max(400)]).optional();
}

const RECUR = z.strictObject({
  freq: z.enum(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']),
  interval: z.int().min(1).default(1),
  until: z.string().optional(),
  count: z.int().min(1).max(10_000).optional(),
  wkst: z.int().min(1).max(7).default(2),
  bymonth: oneOrMore(z.int().min(1).max(12)),
  bymonthday: oneOrMore(z.int().min(-31).max(31)),
  byday: oneOrMore(z.string().regex(/^(?:[+-]?[1-9]\d?)?(?:SU|MO|TU|WE|TH|FR|SA)$/)),
  byhour: oneOrMore(z.int().min(0).max(23)),
  byminute: oneOrMore(z.int().min(0).max(59)),
  bysetpos: oneOrMore(z.int().min(-366).max(366)),
});

function explain(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return `uses ${issue.keys.join(', ').toUpperCase()}, which is not supported`;
  const part = String(issue?.path[0] ?? 'rule').toUpperCase();
  if (part === 'FREQ') return 'must be DAILY, WEEKLY, MONTHLY or YEARLY; write anything faster as a cron window';
  if (part === 'COUNT') return 'has a COUNT of more than 10000; leave COUNT out, or use UNTIL';
  return `has a ${part} that is not supported`;
}

function parseWeekday(text: string): Weekday {
  const nth = text.slice(0, -2);
  return { day: ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'].indexOf(text.slice(-2)), nth: nth === '' ? 0 : Number(nth) };
}

/** What a rule does not say about days is as on its first day. */
function daysOf(
  frequency: Recurrence['frequency'],
  start: Date,
  months: readonly number[] | undefined,
  monthDays: readonly number[] | undefined,
  weekdays: readonly Weekday[] | undefined,
): Pick<Recurrence, 'months' | 'monthDays' | 'weekdays'> {
  if (monthDays !== undefined || weekdays !== undefined || frequency === 'daily')
    return { months, monthDays, weekdays };
  if (frequency === 'weekly') return { months, weekdays: [{ day: start.getUTCDay(), nth: 0 }] };
  const monthOfStart = frequency === 'yearly' ? [start.getUTCMonth() + 1] : undefined;
  return { months: months ?? monthOfStart, monthDays: [start.getUTCDate()] };
}

function timesOf(
  startWall: number,
  hours: readonly number[] | undefined,
  minutes: readonly number[] | undefined,
): readonly number[] {
  const start = startWall - Math.floor(startWall / DAY_MS) * DAY_MS;
  const second = start % 60_000;
  const ofHours = hours ?? [Math.floor(start / 3_600_000)];
  const ofMinutes = minutes ?? [Math.floor(start / 60_000) % 60];
  return ofHours
    .flatMap((hour) => ofMinutes.map((minute) => (hour * 60 + minute) * 60_000 + second))
    .toSorted((a, b) => a - b);
}
