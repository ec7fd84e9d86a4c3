import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarWindow } from '../../src/enrich/calendar-window.ts';
import type { Window } from '../../src/enrich/window.ts';
import { openZone } from '../../src/lib/zone.ts';

describe('calendarWindow', () => {
  it.each([
    ['an event', '2025-03-15T02:00:00Z', true],
    ['just before it', '2025-03-15T01:59:59.999Z', false],
    ['its end is not part of it', '2025-03-15T03:30:00Z', false],
    ['a cancelled event', '2025-03-22T02:30:00Z', false],
    ['the first of a series', '2025-03-04T01:30:00Z', true],
    ['the next of it', '2025-03-11T02:14:59Z', true],
    ['EXDATE', '2025-03-18T01:30:00Z', false],
    ['RDATE, as long as the others', '2025-03-20T10:14:59Z', true],
    ['an occurrence that was moved', '2025-03-25T01:30:00Z', false],
    ['where it was moved to', '2025-03-26T11:59:59Z', true],
    ['an occurrence that was cancelled', '2025-04-01T00:30:00Z', false],
    ['summer time', '2025-04-08T00:30:00Z', true],
    ['no longer winter time', '2025-04-08T01:30:00Z', false],
    ['the last before UNTIL', '2025-04-29T00:30:00Z', true],
    ['behind UNTIL', '2025-05-06T00:30:00Z', false],
    ['a whole day', '2025-05-10T00:00:00Z', true],
    ['two whole days', '2025-05-11T23:59:59Z', true],
    ['not the third', '2025-05-12T00:00:00Z', false],
    ['COUNT: the third', '2025-08-03T08:29:00Z', true],
    ['COUNT: no fourth', '2025-09-07T08:00:00Z', false],
    ['a period with a duration', '2025-06-05T09:59:59Z', true],
    ['a period with an end', '2025-06-06T08:29:59Z', true],
    ['and not longer', '2025-06-06T08:30:00Z', false],
    ['a task is no event', '2025-07-01T00:00:00Z', false],
  ])('%s: %s %s', (_, at, expected) => expect(open('releases.ics').isOpen(Date.parse(at))).toBe(expected));

  it.each([
    ['winter', '2025-01-15T01:30:00Z', true],
    ['summer', '2025-07-15T00:30:00Z', true],
    ['summer is not winter', '2025-07-15T01:30:00Z', false],
    ['the skipped hour goes on as if the clock had not moved', '2025-03-30T01:30:00Z', true],
    ['the doubled hour comes once', '2025-10-26T00:30:00Z', true],
    ['and not twice', '2025-10-26T01:30:00Z', false],
  ])('its own VTIMEZONE: %s', (_, at, expected) => expect(open('own-zone.ics').isOpen(Date.parse(at))).toBe(expected));

  it('has the clock of a VTIMEZONE that describes an IANA zone', () => {
    const own = open('own-zone.ics');
    const iana = ok(
      calendarWindow(
        fixture('own-zone.ics')
          .replaceAll('W. Europe Standard Time', 'Europe/Berlin')
          .replace(/BEGIN:VTIMEZONE[^]*END:VTIMEZONE\r\n/, ''),
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * 366 * 288 }), (fiveMinutes) => {
        const at = Date.parse('2025-01-02T00:00:00Z') + fiveMinutes * 300_000;
        expect(own.isOpen(at)).toBe(iana.isOpen(at));
      }),
    );
  });

  it.each([
    [undefined, '2025-03-16T03:00:00Z', true],
    [undefined, '2025-03-15T23:00:00Z', false],
    ['Etc/UTC', '2025-03-15T23:00:00Z', true],
    [undefined, '2025-03-09T05:00:00Z', true],
    [undefined, '2025-03-10T03:59:59Z', true],
    [undefined, '2025-03-10T04:00:00Z', false],
    [undefined, '2026-03-09T04:00:00Z', true],
    ['Etc/UTC', '2025-03-10T00:00:00Z', false],
  ])('times without a zone, in %s: %s %s', (zone, at, expected) => {
    expect(open('floating.ics', zone).isOpen(Date.parse(at))).toBe(expected);
  });

  it('says of every event what is not understood', () => {
    const parsed = calendarWindow(fixture('hostile.ics'));
    expect(parsed.ok ? [] : parsed.error).toEqual([
      'event "every second" (2025-03-15T02:00:00Z): its repetition must be DAILY, WEEKLY, MONTHLY or YEARLY; write anything faster as a cron window',
      'event "a billion times" (2025-03-15T02:00:00Z): its repetition has a COUNT of more than 10000; leave COUNT out, or use UNTIL',
      'event "no such time" (2025-13-99T99:00:00): DTSTART is no time',
      'event "nowhere" (2025-03-15T02:00:00): TZID Mars/Olympus is neither defined in the calendar nor an IANA zone',
      'event "backwards" (2025-03-15T02:00:00Z): it ends before it begins',
      'event "negative" (2025-03-15T02:00:00Z): DURATION is no length of time',
      'event "from now on" (2025-03-15T03:00:00Z): RANGE=THISANDFUTURE is not supported; end the series and begin another one',
      'event "exceptions by rule" (2025-03-15T02:00:00Z): EXRULE is not supported; use EXDATE',
      'event "two years at a time" (2025-03-15T02:00:00Z): repeats, and is longer than a year',
      'event "nothing" (no DTSTART): DTSTART is missing',
    ]);
  });

  it.each([
    ['', /is not one calendar/],
    ['hello', /neither ":" nor ";"/],
    ['db-password hunter2', /^(?!.*hunter2)/],
    ['BEGIN:VCALENDAR', /is no iCalendar file/],
    ['BEGIN:VCARD\r\nEND:VCARD', /is not one calendar/],
    ['BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'.repeat(2), /is not one calendar/],
    [`BEGIN:VCALENDAR\r\nX-A:${'a'.repeat(1_000_001)}\r\nEND:VCALENDAR`, /larger than 1 MB/],
    [calendar(event('RRULE:FREQ=DAILY').repeat(201)), /more than 200 events that repeat/],
    [calendar(event(`DURATION:P300D\r\nRRULE:FREQ=DAILY;BYHOUR=${range(24)};BYMINUTE=${range(60)}`)), /too often/],
    [
      calendar(
        'BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=x:20250101T000000\r\nEND:VEVENT\r\n',
      ),
      /VTIMEZONE x/,
    ],
  ])('refuses %.60j', (text, message) => {
    const parsed = calendarWindow(text);
    expect(parsed.ok ? 'accepted' : parsed.error.join('\n')).toMatch(message);
  });

  it.each([
    ['rules that never come true', event('RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=10000').repeat(200)],
    ['nesting', `${'BEGIN:VEVENT\r\n'.repeat(30_000)}${'END:VEVENT\r\n'.repeat(30_000)}`],
    ['occurrences that were moved', event('RECURRENCE-ID:20250101T000000Z').repeat(5_000) + event('').repeat(5_000)],
    ['long ago', event('RRULE:FREQ=DAILY').replace('2025', '0001')],
    ['names of an object', event('CONSTRUCTOR:x\r\n__PROTO__;__PROTO__=y:x\r\nX-A;VALUE=CONSTRUCTOR:z')],
  ])('is not held up by %s', (_, events) => {
    const start = performance.now();
    const parsed = calendarWindow(calendar(events));
    if (parsed.ok) parsed.value.isOpen(Date.parse('2031-01-01'));
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('opens for as long as each of a series lasts, however long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 50 * 24 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: -10, max: 2_000 * 24 }), { maxLength: 50 }),
        (interval, hours, count, asked) => {
          const rule = `DURATION:PT${hours}H\r\nRRULE:FREQ=DAILY;INTERVAL=${interval};COUNT=${count}`;
          const window = ok(calendarWindow(calendar(event(rule))));
          for (const hour of asked) {
            const before = hour < 0 ? -1 : Math.min(Math.floor(hour / (interval * 24)), count - 1);
            const expected = before >= 0 && hour < before * interval * 24 + hours;
            expect(window.isOpen(Date.parse('2025-03-15T02:00:00Z') + hour * 3_600_000)).toBe(expected);
          }
        },
      ),
    );
  });

  it('says the same whatever it was asked before', () => {
    const asked = open('releases.ics');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 120 * 1_440 }), (minute) => {
        const at = Date.parse('2025-02-20T00:00:00Z') + minute * 60_000;
        expect(asked.isOpen(at)).toBe(open('releases.ics').isOpen(at));
      }),
      { numRuns: 50 },
    );
  });
});

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/calendars/${name}`, import.meta.url), 'utf8');
}

function open(name: string, zone?: string): Window {
  return ok(calendarWindow(fixture(name), zone === undefined ? undefined : openZone(zone)));
}

function ok(parsed: ReturnType<typeof calendarWindow>): Window {
  if (!parsed.ok) throw new Error(parsed.error.join('\n'));
  return parsed.value;
}

function calendar(events: string): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${events}END:VCALENDAR\r\n`;
}

function event(lines: string): string {
  return `BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20250315T020000Z\r\n${lines === '' ? '' : `${lines}\r\n`}END:VEVENT\r\n`;
}

function range(length: number): string {
  return Array.from({ length }, (_, index) => index).join(',');
}
