import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../src/enrich/cron-window.ts';
import { cronWindow } from '../../src/enrich/cron-window.ts';
import { workingHours } from '../../src/learn/working-hours.ts';
import { parseDuration } from '../../src/lib/duration.ts';
import { openZone } from '../../src/lib/zone.ts';

/** Monday to Sunday. */
const WEEK = ['09', '10', '11', '12', '13', '14', '15'].map((day) => `2026-11-${day}`);
const WORKDAYS = WEEK.slice(0, 5);

function on(days: readonly string[], ...quarters: readonly number[]): ReadonlyMap<string, ReadonlySet<number>> {
  return new Map(days.map((day) => [day, new Set(quarters)]));
}

describe('the hours of an identity', () => {
  it.each([
    ['once a night', on(WEEK, 8), [{ cron: '0 1 * * *', lasts: '2h15m' }]],
    ['on workdays, seen over a weekend', on(WORKDAYS, 40), [{ cron: '0 9 * * 1-5', lasts: '2h15m' }]],
    [
      'twice a day',
      on(WEEK, 8, 60),
      [
        { cron: '0 1 * * *', lasts: '2h15m' },
        { cron: '0 14 * * *', lasts: '2h15m' },
      ],
    ],
    ['around midnight', on(WORKDAYS, 94, 1), [{ cron: '30 22 * * *', lasts: '3h' }]],
    ['on three days only', on(WEEK.slice(0, 3), 8), []],
    ['all day long', on(WEEK, ...Array.from({ length: 96 }, (_, quarter) => quarter)), []],
    ['every four hours', on(WEEK, 0, 16, 32, 48, 64, 80), []],
    ['never', new Map(), []],
  ])('%s', (_name, quarters, windows) => {
    expect(workingHours(quarters, WEEK)).toEqual(windows);
  });

  it('workdays are no habit where no weekend was seen', () => {
    expect(workingHours(on(WORKDAYS, 40), WORKDAYS)).toEqual([{ cron: '0 9 * * *', lasts: '2h15m' }]);
  });

  it('cover all that was seen', () => {
    const quarters = fc.uniqueArray(fc.integer({ min: 0, max: 95 }), { minLength: 1, maxLength: 8 });
    const history = fc.uniqueArray(fc.constantFrom(...WEEK), { minLength: 4 });
    const zone = openZone('Etc/UTC');
    fc.assert(
      fc.property(history, quarters, (days, seen) => {
        const windows = workingHours(on(days, ...seen), WEEK).map(({ cron, lasts }) => {
          const parsed = parseCron(cron);
          const ms = parseDuration(lasts);
          return parsed.ok && ms !== undefined && zone !== undefined ? cronWindow(parsed.value, ms, zone) : undefined;
        });
        expect(windows).not.toContain(undefined);
        const times = days.flatMap((day) => seen.map((quarter) => Date.parse(`${day}T00:00:00Z`) + quarter * 900_000));
        const outside = times.filter((time) => !windows.some((window) => window?.isOpen(time)));
        expect(windows.length === 0 ? [] : outside).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
