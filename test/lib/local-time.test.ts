import { expect, test } from 'vitest';
import { localTimes } from '../../src/lib/local-time.ts';

test.each([
  ['Europe/Berlin', '2025-03-30T00:59:59Z', '2025-03-30 01:59:59 CET +01:00'],
  ['Europe/Berlin', '2025-03-30T01:00:00Z', '2025-03-30 03:00:00 CEST +02:00'],
  ['Europe/Berlin', '2025-10-26T00:59:59Z', '2025-10-26 02:59:59 CEST +02:00'],
  ['Europe/Berlin', '2025-10-26T01:00:00Z', '2025-10-26 02:00:00 CET +01:00'],
  ['America/New_York', '2025-03-09T06:59:59Z', '2025-03-09 01:59:59 GMT-5 -05:00'],
  ['America/New_York', '2025-03-09T07:00:00Z', '2025-03-09 03:00:00 GMT-4 -04:00'],
  ['Asia/Kolkata', '2024-12-31T18:30:00Z', '2025-01-01 00:00:00 GMT+5:30 +05:30'],
  ['Australia/Lord_Howe', '2025-01-01T00:00:00Z', '2025-01-01 11:00:00 GMT+11 +11:00'],
  ['Etc/UTC', '2025-09-05T00:00:00Z', '2025-09-05 00:00:00 UTC +00:00'],
  ['UTC', '2025-02-28T23:59:59.999Z', '2025-02-28 23:59:59 UTC +00:00'],
])('%s at %s', (zone, iso, expected) => {
  const { date, time, zone: name, offset } = localTimes(zone)(Date.parse(iso));
  expect(`${date} ${time} ${name} ${offset}`).toBe(expected);
});

test('each month has its number and its name', () => {
  const times = localTimes('UTC');
  const days = Array.from({ length: 12 }, (_, month) => times(Date.UTC(2025, month, 5)));
  expect(days.map(({ date }) => date)).toEqual(
    Array.from({ length: 12 }, (_, month) => `2025-${String(month + 1).padStart(2, '0')}-05`),
  );
  expect(days.map(({ dayMonth }) => dayMonth)).toEqual(
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'].map((name) => `5 ${name}`),
  );
});

test('without a zone it is the one of the machine', () => {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  expect(localTimes()(0)).toEqual(localTimes(here)(0));
});
