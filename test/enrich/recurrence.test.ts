import fc from 'fast-check';
import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { parseRecurrence } from '../../src/enrich/calendar-values.ts';
import { firstProperty, parseCalendarFile } from '../../src/enrich/ical.ts';
import { occurrenceNumber, occurrencesIn, type Recurrence } from '../../src/enrich/recurrence.ts';

/** RFC 5545, 3.8.5.3: its examples, all at 09:00. */
const EXAMPLES: readonly (readonly [string, string, readonly string[]])[] = [
  ['FREQ=DAILY;INTERVAL=2', '1997-09-02', ['1997-09-02', '1997-09-04', '1997-09-06', '1997-09-08']],
  ['FREQ=DAILY;INTERVAL=10', '1997-09-02', ['1997-09-02', '1997-09-12', '1997-09-22', '1997-10-02', '1997-10-12']],
  ['FREQ=DAILY;BYMONTH=1', '1998-01-30', ['1998-01-30', '1998-01-31', '1999-01-01', '1999-01-02']],
  ['FREQ=WEEKLY', '1997-09-02', ['1997-09-02', '1997-09-09', '1997-09-16']],
  ['FREQ=WEEKLY;INTERVAL=2;WKST=SU', '1997-09-02', ['1997-09-02', '1997-09-16', '1997-09-30', '1997-10-14']],
  ['FREQ=WEEKLY;WKST=SU;BYDAY=TU,TH', '1997-09-02', ['1997-09-02', '1997-09-04', '1997-09-09', '1997-09-11']],
  [
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO',
    '1997-08-05',
    ['1997-08-05', '1997-08-10', '1997-08-19', '1997-08-24'],
  ],
  [
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU',
    '1997-08-05',
    ['1997-08-05', '1997-08-17', '1997-08-19', '1997-08-31'],
  ],
  ['FREQ=MONTHLY;BYDAY=1FR', '1997-09-05', ['1997-09-05', '1997-10-03', '1997-11-07', '1997-12-05']],
  ['FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU', '1997-09-07', ['1997-09-07', '1997-09-28', '1997-11-02', '1997-11-30']],
  ['FREQ=MONTHLY;BYDAY=-2MO', '1997-09-22', ['1997-09-22', '1997-10-20', '1997-11-17', '1997-12-22']],
  ['FREQ=MONTHLY;BYMONTHDAY=-3', '1997-09-28', ['1997-09-28', '1997-10-29', '1997-11-28', '1997-12-29']],
  ['FREQ=MONTHLY;BYMONTHDAY=2,15', '1997-09-02', ['1997-09-02', '1997-09-15', '1997-10-02', '1997-10-15']],
  ['FREQ=MONTHLY;BYMONTHDAY=15,30', '2007-01-15', ['2007-01-15', '2007-01-30', '2007-02-15', '2007-03-15']],
  ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '1997-09-02', ['1998-02-13', '1998-03-13', '1998-11-13', '1999-08-13']],
  ['FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13', '1997-09-13', ['1997-09-13', '1997-10-11', '1997-11-08']],
  ['FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3', '1997-09-04', ['1997-09-04', '1997-10-07', '1997-11-06']],
  ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2', '1997-09-29', ['1997-09-29', '1997-10-30', '1997-11-27']],
  ['FREQ=MONTHLY', '2025-01-31', ['2025-01-31', '2025-03-31', '2025-05-31', '2025-07-31']],
  ['FREQ=YEARLY;BYMONTH=6,7', '1997-06-10', ['1997-06-10', '1997-07-10', '1998-06-10', '1998-07-10']],
  ['FREQ=YEARLY;INTERVAL=2;BYMONTH=1,2,3', '1997-03-10', ['1997-03-10', '1999-01-10', '1999-02-10', '1999-03-10']],
  ['FREQ=YEARLY;BYDAY=20MO', '1997-05-19', ['1997-05-19', '1998-05-18', '1999-05-17']],
  ['FREQ=YEARLY;BYMONTH=3;BYDAY=TH', '1997-03-13', ['1997-03-13', '1997-03-20', '1997-03-27', '1998-03-05']],
  [
    'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
    '1996-11-05',
    ['1996-11-05', '2000-11-07', '2004-11-02'],
  ],
  ['FREQ=YEARLY', '2024-02-29', ['2024-02-29', '2028-02-29', '2032-02-29']],
  ['FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU', '1981-03-29', ['1981-03-29', '1982-03-28', '1983-03-27']],
];

describe('occurrencesIn', () => {
  it.each(EXAMPLES)('%s from %s', (text, start, days) => {
    const rule = parse(text, `${start}T09:00:00Z`);
    const last = Date.parse(`${days.at(-1)}T09:00:00Z`);
    expect(occurrencesIn(rule, Number.NEGATIVE_INFINITY, last + 1).map(print)).toEqual(
      days.map((day) => `${day}T09:00`),
    );
  });

  it.each([
    ['FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30', ['T09:00', 'T09:30', 'T17:00', 'T17:30']],
    ['FREQ=DAILY;BYMINUTE=45,5', ['T09:05', 'T09:45']],
  ])('%s has several times a day', (text, times) => {
    const rule = parse(text, '2025-03-15T09:00:00Z');
    const day = Date.parse('2025-03-20T00:00:00Z');
    expect(occurrencesIn(rule, day, day + 86_400_000).map(print)).toEqual(times.map((time) => `2025-03-20${time}`));
  });

  it.each([
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;INTERVAL=48;BYDAY=5MO',
    'FREQ=YEARLY;INTERVAL=1000000000',
  ])('%s, which other engines never come back from, ends', (text) => {
    const rule = parse(text, '2001-02-01T09:00:00Z');
    expect(occurrencesIn(rule, Date.parse('2025-01-01'), Date.parse('2031-01-01'))).toEqual([]);
    expect(occurrenceNumber(rule, 10)).toBeUndefined();
  });

  it('is the same in one piece and in many', () => {
    fc.assert(
      fc.property(ruleText, fc.integer({ min: 1, max: 400 }), (text, step) => {
        const rule = parse(text, '2024-12-30T22:15:00Z');
        const from = Date.parse('2024-06-01');
        const to = from + 800 * DAY;
        const pieces: number[] = [];
        for (let at = from; at < to; at += step * DAY)
          pieces.push(...occurrencesIn(rule, at, Math.min(at + step * DAY, to)));
        expect(pieces).toEqual(occurrencesIn(rule, from, to));
        expect(occurrencesIn(rule, from, to)).toEqual(pieces.toSorted((a, b) => a - b));
        pieces.slice(0, 5).forEach((wall, index) => expect(occurrenceNumber(rule, index + 1)).toBe(wall));
      }),
    );
  });

  it('agrees with ical.js on rules that it walks well', () => {
    fc.assert(
      fc.property(ruleText, fc.integer({ min: 0, max: 2_000 }), (text, day) => {
        const start = Date.parse('2024-01-01T09:30:00Z') + day * DAY;
        const time = ICAL.Time.fromDateTimeString(new Date(start).toISOString().slice(0, 19));
        const iterator = ICAL.Recur.fromString(text).iterator(time);
        const expected: string[] = [];
        // ical.js begins with the start even where the rule does not name that day, which the RFC leaves open.
        for (let next = iterator.next(); next && expected.length < 20; next = iterator.next()) {
          if (next.compare(time) > 0) expected.push(next.toString().slice(0, 16));
        }
        const found = occurrencesIn(parse(text, new Date(start).toISOString()), start + 1, start + 80 * 366 * DAY);
        expect(found.slice(0, expected.length).map(print)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe('parseRecurrence', () => {
  it.each([
    ['FREQ=SECONDLY', /DAILY, WEEKLY, MONTHLY or YEARLY/],
    ['FREQ=MINUTELY', /cron window/],
    ['FREQ=HOURLY', /cron window/],
    ['BYDAY=MO', /DAILY, WEEKLY/],
    ['FREQ=DAILY;COUNT=1000000000', /COUNT of more than 10000/],
    ['FREQ=DAILY;COUNT=-1', /COUNT/],
    ['FREQ=DAILY;BYSECOND=1', /BYSECOND, which is not supported/],
    ['FREQ=YEARLY;BYWEEKNO=20', /BYWEEKNO, which is not supported/],
    ['FREQ=YEARLY;BYYEARDAY=1', /BYYEARDAY, which is not supported/],
    ['FREQ=DAILY;FOO=1', /FOO, which is not supported/],
    ['FREQ=WEEKLY;BYDAY=2MO', /counts weekdays/],
    ['FREQ=DAILY;UNTIL=garbage', /UNTIL/],
  ])('refuses %s', (text, message) => {
    const parsed = parseRecurrence(jcal(text), 0);
    expect(parsed.ok ? '' : parsed.error).toMatch(message);
  });

  it.each([null, 'FREQ=DAILY', [], {}, { freq: ['DAILY'] }])('refuses %j', (value) => {
    expect(parseRecurrence(value, 0).ok).toBe(false);
  });
});

const DAY = 86_400_000;

/** Rules without those parts in which ical.js is known to differ from the RFC. */
const ruleText = fc
  .tuple(
    fc.oneof(
      fc.constant('FREQ=DAILY'),
      some(WEEKDAYS()).map((days) => `FREQ=WEEKLY;BYDAY=${days}`),
      some(WEEKDAYS()).map((days) => `FREQ=DAILY;BYDAY=${days}`),
      some(fc.integer({ min: 1, max: 28 }).map(String)).map((days) => `FREQ=MONTHLY;BYMONTHDAY=${days}`),
      fc.tuple(fc.constantFrom(1, 2, 3, 4, -1, -2), WEEKDAYS()).map(([nth, day]) => `FREQ=MONTHLY;BYDAY=${nth}${day}`),
      fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 2, -1), WEEKDAYS())
        .map(([month, nth, day]) => `FREQ=YEARLY;BYMONTH=${month};BYDAY=${nth}${day}`),
      fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
        .map(([month, day]) => `FREQ=YEARLY;BYMONTH=${month};BYMONTHDAY=${day}`),
    ),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([text, interval]) => `${text};INTERVAL=${interval}`);

function WEEKDAYS(): fc.Arbitrary<string> {
  return fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
}

function some(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.uniqueArray(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
}

function parse(text: string, start: string): Recurrence {
  const parsed = parseRecurrence(jcal(text), Date.parse(start));
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.recurrence;
}

/** The rule as the calendar's parser gives it. */
function jcal(text: string): unknown {
  const calendar = parseCalendarFile(`BEGIN:VCALENDAR\r\nRRULE:${text}\r\nEND:VCALENDAR\r\n`);
  return calendar.ok ? firstProperty(calendar.value, 'rrule')?.values[0] : undefined;
}

function print(wall: number): string {
  return new Date(wall).toISOString().slice(0, 16);
}
