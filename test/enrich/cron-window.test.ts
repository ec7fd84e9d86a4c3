import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronWindow, parseCron } from '../../src/enrich/cron-window.ts';
import type { Window } from '../../src/enrich/window.ts';
import { openZone } from '../../src/lib/zone.ts';

const MINUTE = 60_000;

describe('parseCron', () => {
  it.each([
    ['', /five/],
    ['30 2 * *', /five/],
    ['0 30 2 * * *', /5 parts/],
    ['60 2 * * *', /minute/],
    ['0 0 31 2 *', /never/],
    ['? 2 * * *', /"\?"/],
    ['@reboot', /not supported/],
    ['a b c d e', /./],
    ['* '.repeat(5_000), /./],
  ])('refuses %j', (text, message) => {
    const parsed = parseCron(text);
    expect(parsed.ok ? '' : parsed.error).toMatch(message);
  });

  it.each(['30 2 * * 1-5', '*/15 8-18 * * MON-FRI', '0 0 L * *', '0 3 * * SUN#2', '@daily', '0 0 29 2 *'])(
    'reads %j',
    (text) => expect(parseCron(text).ok).toBe(true),
  );
});

/** Days around which a clock changes, a year ends, or nothing happens. */
const PLACES: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '2025-03-30'],
  ['Europe/Berlin', '2025-10-26'],
  ['America/New_York', '2025-03-09'],
  ['America/New_York', '2025-11-02'],
  ['Australia/Lord_Howe', '2025-10-05'],
  ['Australia/Lord_Howe', '2025-04-06'],
  ['Australia/Lord_Howe', '2025-01-01'],
  ['Etc/UTC', '2026-01-01'],
  ['Etc/UTC', '2024-02-29'],
  ['America/New_York', '2024-12-31'],
];

describe('cronWindow', () => {
  it.each([
    ['the first minute', '30 2 * * 1-5', 45, 'Etc/UTC', '2025-03-14T02:30:00Z', true],
    ['just before', '30 2 * * 1-5', 45, 'Etc/UTC', '2025-03-14T02:29:59.999Z', false],
    ['the last millisecond', '30 2 * * 1-5', 45, 'Etc/UTC', '2025-03-14T03:14:59.999Z', true],
    ['just behind', '30 2 * * 1-5', 45, 'Etc/UTC', '2025-03-14T03:15:00Z', false],
    ['a Saturday', '30 2 * * 1-5', 45, 'Etc/UTC', '2025-03-15T02:34:00Z', false],
    ['over midnight', '30 23 * * *', 60, 'Etc/UTC', '2025-03-15T00:15:00Z', true],
    ['over the year', '30 23 31 12 *', 60, 'Etc/UTC', '2026-01-01T00:29:59Z', true],
    ['over the year in the zone', '30 23 31 12 *', 60, 'America/New_York', '2026-01-01T04:45:00Z', true],
    ['behind the year in the zone', '30 23 31 12 *', 60, 'America/New_York', '2026-01-01T05:30:00Z', false],
    ['winter in Berlin', '30 2 * * *', 45, 'Europe/Berlin', '2025-01-15T01:30:00Z', true],
    ['summer in Berlin', '30 2 * * *', 45, 'Europe/Berlin', '2025-07-15T00:30:00Z', true],
    ['the skipped hour opens at its end', '30 2 * * *', 45, 'Europe/Berlin', '2025-03-30T01:00:00Z', true],
    ['and not before', '30 2 * * *', 45, 'Europe/Berlin', '2025-03-30T00:59:59Z', false],
    ['for 45 real minutes', '30 2 * * *', 45, 'Europe/Berlin', '2025-03-30T01:45:00Z', false],
    ['the doubled hour: the first', '30 2 * * *', 45, 'Europe/Berlin', '2025-10-26T00:30:00Z', true],
    ['the doubled hour: not the second', '30 2 * * *', 45, 'Europe/Berlin', '2025-10-26T01:30:00Z', false],
    ['real minutes through the change', '30 1 * * *', 120, 'Europe/Berlin', '2025-10-26T01:29:59Z', true],
    ['real minutes end before the wall clock', '30 1 * * *', 120, 'Europe/Berlin', '2025-10-26T01:30:00Z', false],
    ['Lord Howe skips half an hour', '10 2 * * *', 20, 'Australia/Lord_Howe', '2025-10-04T15:30:00Z', true],
    ['Lord Howe: the half hour comes twice', '45 1 * * *', 10, 'Australia/Lord_Howe', '2025-04-05T14:45:00Z', true],
    ['Lord Howe: not again', '45 1 * * *', 10, 'Australia/Lord_Howe', '2025-04-05T15:15:00Z', false],
    ['once in four years', '0 0 29 2 *', 60, 'Etc/UTC', '2028-02-29T00:30:00Z', true],
    ['never in the others', '0 0 29 2 *', 60, 'Etc/UTC', '2027-03-01T00:30:00Z', false],
    ['longer than its period', '0 0 * * *', 60 * 24 * 3, 'Etc/UTC', '2025-03-15T17:00:00Z', true],
  ] as const)('%s', (_, cron, minutes, zone, at, expected) => {
    expect(open(cron, minutes, zone).isOpen(Date.parse(at))).toBe(expected);
  });

  const time = fc.record({
    minutes: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 }),
    hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 }),
    weekdays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
  });
  it('is open when a walk from minute to minute says so', () => {
    fc.assert(
      fc.property(
        time,
        fc.constantFrom(...PLACES),
        fc.integer({ min: 1, max: 400 }),
        ({ minutes, hours, weekdays }, [zone, day], lasts) => {
          const window = open(`${minutes.join(',')} ${hours.join(',')} * * ${weekdays.join(',')}`, lasts, zone);
          const from = Date.parse(`${day}T00:00:00Z`) - 30 * 60 * MINUTE;
          const matches = (wall: Date): boolean =>
            minutes.includes(wall.getUTCMinutes()) &&
            hours.includes(wall.getUTCHours()) &&
            weekdays.includes(wall.getUTCDay());
          const expected = walk(zone, from, 60 * 60, lasts, matches);
          for (const [at, isOpen] of expected) {
            expect([at, window.isOpen(at)]).toEqual([at, isOpen]);
            expect(window.isOpen(at + MINUTE - 1)).toBe(isOpen);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('says the same whatever it was asked before', () => {
    const asked = open('*/20 2,14 * * 1-5', 15, 'Europe/Berlin');
    const day = Date.parse('2025-03-28T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * 86_400 }), (second) => {
        const at = day + second * 1000;
        expect(asked.isOpen(at)).toBe(open('*/20 2,14 * * 1-5', 15, 'Europe/Berlin').isOpen(at));
      }),
      { numRuns: 40 },
    );
  });
});

/**
 * From minute to minute: a minute is a start when the clock shows it for the first time and cron names it, or when it is
 * the first after a jump over a minute that cron names. Begins a day early, so that earlier windows are known.
 */
function walk(
  zone: string,
  from: number,
  count: number,
  lasts: number,
  matches: (wall: Date) => boolean,
): ReadonlyMap<number, boolean> {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const wallOf = (at: number): number => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
  const expected = new Map<number, boolean>();
  const begin = from - 500 * MINUTE;
  let furthest = wallOf(begin - MINUTE);
  let openUntil = Number.NEGATIVE_INFINITY;
  for (let at = begin; at < from + count * MINUTE; at += MINUTE) {
    const wall = wallOf(at);
    for (let shown = furthest + MINUTE; shown <= wall; shown += MINUTE) {
      if (matches(new Date(shown))) openUntil = at + lasts * MINUTE;
    }
    furthest = Math.max(furthest, wall);
    if (at >= from) expected.set(at, at < openUntil);
  }
  return expected;
}

function open(cron: string, minutes: number, zone: string): Window {
  const parsed = parseCron(cron);
  const opened = openZone(zone);
  if (!parsed.ok || opened === undefined) throw new Error(`${cron} in ${zone}`);
  return cronWindow(parsed.value, minutes * MINUTE, opened);
}
