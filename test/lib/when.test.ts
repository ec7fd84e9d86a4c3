import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseWhen } from '../../src/lib/when.ts';

const NOW = Date.UTC(2025, 2, 15, 12);
const us = (iso: string): number => Date.parse(iso) * 1_000;

test.each([
  ['now', '2025-03-15T12:00:00Z'],
  ['15m', '2025-03-15T11:45:00Z'],
  ['30d', '2025-02-13T12:00:00Z'],
  ['0s', '2025-03-15T12:00:00Z'],
  ['2025-03-15T02:34Z', '2025-03-15T02:34:00Z'],
  ['2025-03-15T02:34z', '2025-03-15T02:34:00Z'],
  ['2025-03-15 02:34:12.5+01:00', '2025-03-15T01:34:12.5Z'],
  ['2025-03-15 02:34-05:00', '2025-03-15T07:34:00Z'],
  ['2025-03-15Z', '2025-03-15T00:00:00Z'],
])('%s', (text, expected) => {
  expect(parseWhen(text, NOW)).toBe(us(expected));
});

test('keeps microseconds', () => {
  expect(parseWhen('2025-03-15T02:34:12.123456789Z', NOW)).toBe(us('2025-03-15T02:34:12.123Z') + 456);
});

test.each([
  '',
  'yesterday',
  'Now',
  '15',
  '2025-02-30',
  '2025-02-30T10:00',
  '2025-02-30T10:00Z',
  '2025-13-01',
  '2025-03-15T24:00',
  '2025-03-15T2:34Z',
  '2025-03-15T02Z',
  '2025-03-15T02:34:Z',
  '2025-03-15T02:34:12.',
  '2025-03-15T02:34+1:00',
  '15.03.2025',
  ' 2025-03-15',
  '2025-03-15 ',
  '12:30',
])('%j is none', (text) => {
  expect(parseWhen(text, NOW)).toBeUndefined();
});

describe.each([
  ['UTC', '2025-03-15 02:34:12.5', '2025-03-15T02:34:12.5Z'],
  ['Europe/Berlin', '2025-03-15', '2025-03-14T23:00:00Z'],
  ['Europe/Berlin', '2025-07-15 02:34', '2025-07-15T00:34:00Z'],
  // Shown twice: the first. Skipped: what it would be without the change.
  ['Europe/Berlin', '2025-10-26 02:30', '2025-10-26T00:30:00Z'],
  ['Europe/Berlin', '2025-03-30 02:30', '2025-03-30T01:30:00Z'],
  ['America/New_York', '2025-03-15T02:34', '2025-03-15T06:34:00Z'],
  ['Asia/Kolkata', '2025-03-15T02:34', '2025-03-14T21:04:00Z'],
])('in %s', (zone, text, expected) => {
  afterEach(() => vi.unstubAllEnvs());

  test(`${text} is ${expected}`, () => {
    vi.stubEnv('TZ', zone);
    expect(parseWhen(text, NOW)).toBe(us(expected));
  });
});

test('local microseconds are kept, before 1970 as well', () => {
  vi.stubEnv('TZ', 'UTC');
  expect(parseWhen('1969-12-31 23:59:59.999999', NOW)).toBe(-1);
  expect(parseWhen('2025-03-15 02:34:12.000001', NOW)).toBe(us('2025-03-15T02:34:12Z') + 1);
  vi.unstubAllEnvs();
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?$/)), (text) => {
      expect(Number.isNaN(parseWhen(text, NOW))).toBe(false);
    }),
  );
});
