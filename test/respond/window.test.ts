import { describe, expect, it } from 'vitest';
import { timeWindow, type WindowArguments } from '../../src/respond/window.ts';

const NOW = Date.UTC(2025, 2, 15, 12);
const us = (text: string): number => Date.parse(text) * 1_000;

describe('windows', () => {
  it.each<[WindowArguments, string, string]>([
    [{}, '2025-03-14T12:00Z', '2025-03-15T12:00Z'],
    [{ since: '30m' }, '2025-03-15T11:30Z', '2025-03-15T12:00Z'],
    [{ since: '1h30m' }, '2025-03-15T10:30Z', '2025-03-15T12:00Z'],
    [{ since: '2025-03-01T00:00Z' }, '2025-03-01T00:00Z', '2025-03-15T12:00Z'],
    [{ since: '2025-03-01 00:00:00+01:00' }, '2025-02-28T23:00Z', '2025-03-15T12:00Z'],
    [{ until: '1h' }, '2025-03-14T12:00Z', '2025-03-15T11:00Z'],
    [{ until: 'now' }, '2025-03-14T12:00Z', '2025-03-15T12:00Z'],
    [{ since: '2d', until: '1d' }, '2025-03-13T12:00Z', '2025-03-14T12:00Z'],
    [{ since: '1d', until: '1d' }, '2025-03-14T12:00Z', '2025-03-14T12:00Z'],
    [{ until: '2025-03-16T00:00Z' }, '2025-03-14T12:00Z', '2025-03-16T00:00Z'],
    [{ around: '2025-03-15T02:34Z' }, '2025-03-15T02:19Z', '2025-03-15T02:49Z'],
    [{ around: '2025-03-15T02:34Z', within: '1h' }, '2025-03-15T01:34Z', '2025-03-15T03:34Z'],
    [{ around: 'now', within: '0s' }, '2025-03-15T12:00Z', '2025-03-15T12:00Z'],
    [{ around: '2h' }, '2025-03-15T09:45Z', '2025-03-15T10:15Z'],
    [{ since: '30000d' }, '1943-01-25T12:00Z', '2025-03-15T12:00Z'],
  ])('%j', (args, from, to) => {
    expect(timeWindow(args, NOW)).toEqual({ fromUs: us(from), toUs: us(to) });
  });

  it('keep microseconds', () => {
    const args = { since: '2025-03-15T02:34:12.847123Z', until: '2025-03-15T02:34:12.847124Z' };
    const { fromUs, toUs } = timeWindow(args, NOW);
    expect([fromUs, toUs]).toEqual([us('2025-03-15T02:34:12.847Z') + 123, us('2025-03-15T02:34:12.847Z') + 124]);
  });

  it('without a zone are of the local day', () => {
    const { fromUs } = timeWindow({ since: '2025-03-01' }, NOW);
    expect(fromUs).toBe(new Date(2025, 2, 1).getTime() * 1_000);
  });
});

describe('refuses', () => {
  it.each<[WindowArguments, string]>([
    [{ around: 'now', since: '1h' }, '--around goes with --within, not with --since or --until.'],
    [{ around: 'now', until: '1h' }, '--around goes with --within, not with --since or --until.'],
    [{ within: '1h' }, '--within goes with --around.'],
    [{ within: '1h', since: '2h' }, '--within goes with --around.'],
    [{ around: 'now', within: 'an hour' }, '--within an hour is no duration: write 15m, 2h or 1d.'],
    [{ around: 'now', within: '-1h' }, '--within -1h is no duration: write 15m, 2h or 1d.'],
    [{ since: '1h', until: '2h' }, '--since is later than --until.'],
    [{ since: '' }, '--since  is no time'],
    [{ since: 'yesterday' }, '--since yesterday is no time'],
    [{ until: '2025-02-30' }, '--until 2025-02-30 is no time'],
    [{ until: '2025-03-15T25:00Z' }, '--until 2025-03-15T25:00Z is no time'],
    [{ around: '2025-03-15T02:34Zulu' }, '--around 2025-03-15T02:34Zulu is no time'],
    [{ since: '1742005452' }, '--since 1742005452 is no time'],
    [{ since: '99999999999d' }, 'is no time'],
    [{ since: '200000d' }, 'is no time'],
    [{ around: 'now', within: '200000d' }, 'is no duration'],
    [{ around: 'now', within: '99999999999d' }, 'is no duration'],
  ])('%j', (args, message) => {
    expect(() => timeWindow(args, NOW)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => timeWindow(args, NOW)).toThrow(message);
  });
});
