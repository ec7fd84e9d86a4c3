export const DATE_PARTS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

/** What the numbers of a part can be. */
export const DATE_PART_RANGES: Readonly<Record<DatePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
};

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)|$)/;

/**
 * A part of a date (`2023-07-10`) or a time (`2023-07-10T12:05:30Z`) as it is written: nothing is converted, whatever the
 * zone. `week` is ISO 8601's. Undefined where the text is no date, or has no such part.
 */
export function datePart(text: string, part: DatePart): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour, minute] = match;
  if (Number.isNaN(Date.parse(`${year}-${month}-${day}`))) return undefined;
  switch (part) {
    case 'minute':
      return minute === undefined ? undefined : Number(minute);
    case 'hour':
      return hour === undefined ? undefined : Number(hour);
    case 'day':
      return Number(day);
    case 'week':
      return isoWeek(Date.parse(`${year}-${month}-${day}`));
    case 'month':
      return Number(month);
    case 'year':
      return Number(year);
  }
}

const DAY_MS = 86_400_000;

/** Weeks begin on Monday; a week is of the year that its Thursday is in. */
function isoWeek(dayMs: number): number {
  const thursday = dayMs + (4 - (new Date(dayMs).getUTCDay() || 7)) * DAY_MS;
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - newYear) / (7 * DAY_MS)) + 1;
}
