/**
 * A recurrence rule of RFC 5545 on wall-clock time. Times are milliseconds as if the clock showed UTC.
 * Any stretch of time can be asked for without walking there from the start, so that no rule can take long.
 */
export interface Recurrence {
  readonly frequency: 'daily' | 'weekly' | 'monthly' | 'yearly';
  /** 1 or more. */
  readonly interval: number;
  /** Where it begins; an occurrence itself only where the rule says so. */
  readonly startWall: number;
  /** The last occurrence is at or before it. */
  readonly untilWall: number;
  /** Sunday is 0. */
  readonly weekStart: number;
  /** January is 1. Each list of these is undefined where the rule does not restrict it. */
  readonly months?: readonly number[] | undefined;
  /** From 1, or from -1 counted from the month's end. */
  readonly monthDays?: readonly number[] | undefined;
  readonly weekdays?: readonly Weekday[] | undefined;
  /** Milliseconds since midnight, ascending. */
  readonly times: readonly number[];
  /** Which of a period's occurrences count: from 1, or from -1 counted from the end. */
  readonly positions?: readonly number[] | undefined;
}

export interface Weekday {
  /** Sunday is 0. */
  readonly day: number;
  /** Which one of the month, or of the year in a yearly rule without months; negative from the end; 0: all. */
  readonly nth: number;
}

/** The occurrences within `from` (inclusive) and `to` (exclusive), ascending. */
export function occurrencesIn(rule: Recurrence, from: number, to: number): readonly number[] {
  const first = periodOf(rule, rule.startWall);
  const wanted = periodOf(rule, Math.max(from, rule.startWall));
  const end = Math.min(to, rule.untilWall + 1);
  const found: number[] = [];
  for (let period = wanted - ((wanted - first) % rule.interval); ; period += rule.interval) {
    // Written so that a period beyond the end of all dates, which is NaN, ends it as well.
    if (!(firstDay(rule, period) * DAY_MS < end)) return found;
    for (const wall of occurrencesOf(rule, period)) {
      if (wall >= from && wall >= rule.startWall && wall < end) found.push(wall);
    }
  }
}

/** The rule's occurrence number `count`, counted from 1; undefined where there is none in the first 50 years. */
export function occurrenceNumber(rule: Recurrence, count: number): number | undefined {
  const end = rule.startWall + COUNT_YEARS * 366 * DAY_MS;
  let left = count;
  for (let from = rule.startWall; from < end; from += COUNT_STEP_MS) {
    const found = occurrencesIn(rule, from, from + COUNT_STEP_MS);
    if (found.length >= left) return found[left - 1];
    left -= found.length;
  }
  return undefined;
}

export const DAY_MS = 86_400_000;
const COUNT_YEARS = 50;
const COUNT_STEP_MS = 366 * DAY_MS;

/** Days, weeks, months or years since 1970. */
function periodOf(rule: Recurrence, wall: number): number {
  const day = Math.floor(wall / DAY_MS);
  if (rule.frequency === 'daily') return day;
  // 1970 began on a Thursday.
  if (rule.frequency === 'weekly') return Math.floor((day + 4 - rule.weekStart) / 7);
  const date = new Date(wall);
  const years = date.getUTCFullYear() - 1970;
  return rule.frequency === 'yearly' ? years : years * 12 + date.getUTCMonth();
}

/** Days since 1970. */
function firstDay(rule: Recurrence, period: number): number {
  if (rule.frequency === 'daily') return period;
  if (rule.frequency === 'weekly') return period * 7 - 4 + rule.weekStart;
  return rule.frequency === 'yearly' ? dayNumber(1970 + period, 0) : dayNumber(1970, period);
}

function occurrencesOf(rule: Recurrence, period: number): readonly number[] {
  const all = daysOf(rule, period).flatMap((day) => rule.times.map((time) => day * DAY_MS + time));
  const { positions } = rule;
  if (positions === undefined) return all;
  return all.filter((_, index) => positions.includes(index + 1) || positions.includes(index - all.length));
}

function daysOf(rule: Recurrence, period: number): readonly number[] {
  const first = firstDay(rule, period);
  if (rule.frequency === 'daily') return days(first, first + 1).filter((day) => matches(rule, day));
  if (rule.frequency === 'weekly') return days(first, first + 7).filter((day) => matches(rule, day));
  if (rule.frequency === 'monthly') return daysOfMonth(rule, 1970, period);
  const months = rule.months?.toSorted((a, b) => a - b) ?? ALL_MONTHS;
  return months.flatMap((month) => daysOfMonth(rule, 1970 + period, month - 1));
}

const ALL_MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

function daysOfMonth(rule: Recurrence, year: number, month: number): readonly number[] {
  return days(dayNumber(year, month), dayNumber(year, month + 1)).filter((day) => matches(rule, day));
}

function days(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function matches(rule: Recurrence, day: number): boolean {
  const date = new Date(day * DAY_MS);
  const month = date.getUTCMonth();
  if (rule.months !== undefined && !rule.months.includes(month + 1)) return false;
  const ofMonth = date.getUTCDate();
  if (rule.monthDays !== undefined) {
    const fromEnd = day - dayNumber(date.getUTCFullYear(), month + 1);
    if (!rule.monthDays.includes(ofMonth) && !rule.monthDays.includes(fromEnd)) return false;
  }
  return rule.weekdays?.some((weekday) => matchesWeekday(rule, weekday, date, day)) ?? true;
}

function matchesWeekday(rule: Recurrence, weekday: Weekday, date: Date, day: number): boolean {
  if (date.getUTCDay() !== weekday.day) return false;
  if (weekday.nth === 0) return true;
  const ofYear = rule.frequency === 'yearly' && rule.months === undefined;
  const year = date.getUTCFullYear();
  const first = ofYear ? dayNumber(year, 0) : dayNumber(year, date.getUTCMonth());
  const end = ofYear ? dayNumber(year + 1, 0) : dayNumber(year, date.getUTCMonth() + 1);
  return weekday.nth > 0
    ? Math.floor((day - first) / 7) + 1 === weekday.nth
    : Math.floor((end - 1 - day) / 7) + 1 === -weekday.nth;
}

/** Days since 1970 of a month's first day; months may run over the year. */
function dayNumber(year: number, month: number): number {
  return Date.UTC(year, month, 1) / DAY_MS;
}
