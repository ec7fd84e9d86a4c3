import { expect, it } from 'vitest';
import { parseTimeUs } from '../../src/lib/time.ts';
import { precisionOf, printPreciseTime } from '../../src/stores/precise-time.ts';

it.each([
  ['2025-03-15T02:36:40Z', '2025-03-15T02:36:40Z'],
  ['2025-03-15T02:36:40.1Z', '2025-03-15T02:36:40.1Z'],
  ['2025-03-15T02:36:40.000Z', '2025-03-15T02:36:40.000Z'],
  ['2025-03-15T02:36:40.112345Z', '2025-03-15T02:36:40.112345Z'],
  ['2025-03-15T02:36:40.1123450Z', '2025-03-15T02:36:40.1123450Z'],
  ['2025-03-15T02:36:40.112345678Z', '2025-03-15T02:36:40.112345678Z'],
  ['2025-03-15T02:36:40.112345678912Z', '2025-03-15T02:36:40.112345678Z'],
  ['2025-03-15T02:36:40.000000009Z', '2025-03-15T02:36:40.000000009Z'],
  ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.5Z'],
  ['2025-03-15T03:36:40.50+01:00', '2025-03-15T02:36:40.50Z'],
])('%s is shown as %s', (timestamp, shown) => {
  const timeUs = parseTimeUs(timestamp) ?? Number.NaN;
  expect(printPreciseTime(timeUs, precisionOf(timestamp))).toBe(shown);
});
