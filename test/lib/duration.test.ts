import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration, printDuration } from '../../src/lib/duration.ts';

test.each([
  ['0s', 0],
  ['42s', 42_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s', 93_784_000],
  ['007m', 420_000],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  's',
  '5',
  '5 m',
  '-5m',
  '1.5h',
  '5M',
  '5ms',
  '5y',
  '1h-3m',
  '٥m',
  '5m\n',
  `${'9'.repeat(400)}s`,
  '9007199254741s',
])('%j is none', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, '0s'],
  [1, '1ms'],
  [1_500, '1s500ms'],
  [300_000, '5m'],
  [5_400_000, '1h30m'],
  [604_800_000, '7d'],
])('%d ms is %s', (ms, text) => {
  expect(printDuration(ms)).toBe(text);
});

test('what is printed is read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), (seconds) => {
      expect(parseDuration(printDuration(seconds * 1_000))).toBe(seconds * 1_000);
    }),
  );
});
