import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf, openZone, type Zone } from '../../src/lib/zone.ts';

describe('openZone', () => {
  it.each(['Europe/Bärlin', '', 'Mars/Olympus', '__proto__'])('knows no %j', (name) => {
    expect(openZone(name)).toBeUndefined();
  });

  it.each([
    ['Etc/UTC', '2025-07-01T00:00:00Z', 0],
    ['Europe/Berlin', '2025-03-30T00:59:59.999Z', 60],
    ['Europe/Berlin', '2025-03-30T01:00:00Z', 120],
    ['Australia/Lord_Howe', '2025-10-04T15:29:59Z', 630],
    ['Australia/Lord_Howe', '2025-10-04T15:30:00Z', 660],
    ['Asia/Kolkata', '2025-01-01T00:00:00Z', 330],
  ])('%s at %s is %i minutes ahead', (name, at, minutes) => {
    expect(open(name).offsetMs(Date.parse(at))).toBe(minutes * 60_000);
  });

  it('says the same whatever it was asked before', () => {
    const asked = open('America/New_York');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (second) => {
        expect(asked.offsetMs(second * 1000)).toBe(open('America/New_York').offsetMs(second * 1000));
      }),
      { numRuns: 50 },
    );
  });
});

describe('instantOf', () => {
  it.each([
    ['Europe/Berlin', '2025-01-15T12:00:00', '2025-01-15T11:00:00Z', '2025-01-15T11:00:00Z'],
    ['Europe/Berlin', '2025-03-30T02:00:00', '2025-03-30T01:00:00Z', '2025-03-30T01:00:00Z'],
    ['Europe/Berlin', '2025-03-30T02:30:00', '2025-03-30T01:00:00Z', '2025-03-30T01:30:00Z'],
    ['Europe/Berlin', '2025-03-30T03:00:00', '2025-03-30T01:00:00Z', '2025-03-30T01:00:00Z'],
    ['Europe/Berlin', '2025-10-26T02:30:00', '2025-10-26T00:30:00Z', '2025-10-26T00:30:00Z'],
    ['America/New_York', '2025-03-09T02:15:00', '2025-03-09T07:00:00Z', '2025-03-09T07:15:00Z'],
    ['Australia/Lord_Howe', '2025-10-05T02:10:00', '2025-10-04T15:30:00Z', '2025-10-04T15:40:00Z'],
    ['Australia/Lord_Howe', '2025-04-06T01:45:00', '2025-04-05T14:45:00Z', '2025-04-05T14:45:00Z'],
    ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T10:00:00Z', '2011-12-30T22:00:00Z'],
    ['Etc/UTC', '2025-12-31T23:59:59', '2025-12-31T23:59:59Z', '2025-12-31T23:59:59Z'],
  ])('%s %s is %s, or %s', (name, wall, end, before) => {
    const wallMs = Date.parse(`${wall}Z`);
    expect(instantOf(open(name), wallMs, 'end')).toBe(Date.parse(end));
    expect(instantOf(open(name), wallMs, 'before')).toBe(Date.parse(before));
  });

  it('gives an instant back to which the clock shows that time, and the first such', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Etc/UTC', 'America/Caracas'),
        fc.integer({ min: 946_684_800, max: 2_000_000_000 }),
        (name, second) => {
          const zone = open(name);
          const at = second * 1000;
          const instant = instantOf(zone, at + zone.offsetMs(at), 'end');
          expect(instant + zone.offsetMs(instant)).toBe(at + zone.offsetMs(at));
          expect(instant).toBeLessThanOrEqual(at);
        },
      ),
    );
  });
});

function open(name: string): Zone {
  const zone = openZone(name);
  if (zone === undefined) throw new Error(`no zone ${name}`);
  return zone;
}
