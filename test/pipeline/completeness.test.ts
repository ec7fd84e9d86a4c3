import { describe, expect, it } from 'vitest';
import { Completeness } from '../../src/pipeline/completeness.ts';

const START_MS = Date.UTC(2026, 0, 15);
const MINUTE_MS = 60_000;
const at = (minutes: number): number => START_MS + minutes * MINUTE_MS;
const time = (minutes: number): string => new Date(at(minutes)).toISOString();
const open = (): Completeness => new Completeness({ sources: ['a', 'b'], latenessMs: 10 * MINUTE_MS, nowMs: START_MS });

describe('up to when all events are there', () => {
  it('is said by the source that was read to its end longest ago, less the lateness', () => {
    const completeness = open();
    completeness.heard('a', time(1), at(1));
    expect(completeness.closedUs(at(1))).toBeUndefined();
    completeness.heard('b', time(5), at(5));
    expect(completeness.closedUs(at(5))).toBe(at(1 - 10) * 1_000);
    completeness.heard('a', time(6), at(6));
    expect(completeness.closedUs(at(6))).toBe(at(5 - 10) * 1_000);
  });

  it('is open while a source has more to read', () => {
    const completeness = open();
    completeness.heard('a', time(1), at(1));
    completeness.heard('b', time(1), at(1));
    completeness.heard('b', undefined, at(2));
    expect(completeness.closedUs(at(2))).toBeUndefined();
    for (let minute = 3; minute < 60; minute++) completeness.heard('b', undefined, at(minute));
    completeness.heard('a', time(59), at(59));
    expect(completeness.closedUs(at(59))).toBeUndefined();
    expect([completeness.behind(at(59)), completeness.mute(at(59))]).toEqual([['b'], []]);
  });

  it('does not wait for ever for a source of which nothing is heard', () => {
    const completeness = open();
    completeness.heard('a', time(9), at(9));
    expect(completeness.closedUs(at(9))).toBeUndefined();
    completeness.heard('a', time(11), at(11));
    expect(completeness.mute(at(10))).toEqual([]);
    expect(completeness.mute(at(11))).toEqual(['b']);
    expect(completeness.closedUs(at(11))).toBe(at(11 - 10) * 1_000);
    completeness.heard('b', undefined, at(12));
    expect(completeness.mute(at(12))).toEqual([]);
    expect(completeness.closedUs(at(12))).toBeUndefined();
  });

  it('goes by the clock where nothing is heard of any', () => {
    const completeness = open();
    expect(completeness.closedUs(at(60))).toBe(at(50) * 1_000);
  });

  it('does not wait for a source that has ended', () => {
    const completeness = open();
    completeness.heard('a', time(1), at(1));
    completeness.ended('b');
    expect(completeness.closedUs(at(1))).toBe(at(1 - 10) * 1_000);
    expect(completeness.isOver).toBe(false);
    completeness.ended('a');
    expect(completeness.isOver).toBe(true);
  });
});
