import { describe, expect, it } from 'vitest';
import type { Hit } from '../../src/core/hit.ts';
import type { Correlation } from '../../src/core/rule.ts';
import { Evaluator } from '../../src/detect/evaluator.ts';
import type { Episode } from '../../src/detect/episode.ts';
import { correlation, hit } from './hits.ts';

const HOUR_US = 3_600_000_000;
const HOUR_MS = 3_600_000;
/** Of a bucket. */
const START_US = Date.UTC(2026, 0, 15) * 1_000;

let ids = 0;
function at(hours: number, over: Partial<Hit> = {}): Hit {
  ids += 1;
  return hit(ids, START_US + Math.round(hours * HOUR_US), over);
}

/** So many hits, a second apart. */
function many(hours: number, count: number, over: Partial<Hit> = {}): readonly Hit[] {
  return Array.from({ length: count }, (_, index) => at(hours + index / 3_600, over));
}

function hoursOf(timeUs: number): number {
  return (timeUs - START_US) / HOUR_US;
}

function evaluate(
  rule: Correlation,
  hits: readonly Hit[],
  untilHours = Number.POSITIVE_INFINITY,
  closedHours = Number.POSITIVE_INFINITY,
): readonly Episode[] {
  const closedUs = START_US + closedHours * HOUR_US;
  const evaluator = new Evaluator([rule], closedUs);
  const events = hits.map((one) => ({ eventId: one.eventId, hits: [one], timeUs: one.timeUs }));
  evaluator.apply(events.toSorted((a, b) => a.timeUs - b.timeUs));
  const untilUs = Number.isFinite(untilHours)
    ? START_US + untilHours * HOUR_US
    : Math.max(...hits.map(({ timeUs }) => timeUs));
  return evaluator.finish({ closedUs, untilUs }).map(({ episode }) => episode);
}

describe('anomaly', () => {
  const rule = correlation({
    type: 'anomaly',
    timespanMs: HOUR_MS,
    historyMs: 24 * HOUR_MS,
    settleMs: 6 * HOUR_MS,
    condition: { gte: 10 },
    factor: 3,
  });
  const day = Array.from({ length: 12 }, (_, hour) => many(hour, 4)).flat();

  it('is far above what is usual in the history of the group', () => {
    const [episode, ...rest] = evaluate(rule, [...day, ...many(12, 12)]);
    expect(rest).toEqual([]);
    expect(episode).toMatchObject({ count: 12, facts: { kind: 'anomaly', amount: 12, usual: 4 } });
    expect(hoursOf(episode?.opening.timeUs ?? 0)).toBeCloseTo(12 + 11 / 3_600);
    expect(evaluate(rule, [...day, ...many(12, 11)])).toEqual([]);
  });

  it.each<[string, readonly Hit[], readonly number[]]>([
    ['below the least, whatever is usual', [...many(0, 1), ...many(12, 9)], []],
    ['at least so many, where nothing is usual', [...many(0, 1), ...many(12, 10)], [10]],
    ['too little past', many(0, 1).concat(many(5, 100)), []],
    ['enough past', many(0, 1).concat(many(6, 100)), [100]],
    ['what lies before the history is no past', many(0, 1).concat(many(30, 100)), []],
    ['one high bucket before does not hide another', [...day, ...many(13, 50), ...many(15, 50)], [50, 50]],
    ['what came twice is usual', [...day, ...many(13, 50), ...many(15, 50), ...many(17, 50)], [50, 50]],
    ['another group is no past', [...day, ...many(13, 50, { group: ['bob'] })], []],
  ])('%s', (_, hits, counts) => {
    expect(evaluate(rule, hits).map(({ count }) => count)).toEqual(counts);
  });

  it('goes on from the bucket before', () => {
    const [first, second] = evaluate(rule, [...day, ...many(12, 40), ...many(13, 40)]);
    expect(first?.continues).toBeUndefined();
    expect(second?.continues).toEqual(first?.opening);
  });

  it('counts distinct values where there is a field', () => {
    const values = { ...rule, field: 'secret', condition: { gte: 3 } };
    const past = day.map((one) => ({ ...one, value: 'a' }));
    const same = many(12, 40, { value: 'a' });
    expect(evaluate(values, [...past, ...same])).toEqual([]);
    const others = ['a', 'b', 'c'].flatMap((value) => many(12, 5, { value }));
    expect(evaluate(values, [...past, ...others])).toMatchObject([{ count: 15, facts: { amount: 3, usual: 1 } }]);
  });

  it('counts an access once, by whatever events it is known', () => {
    const twice = many(12, 11).flatMap((one) => [one, { ...one, eventId: `f${one.eventId.slice(1)}` }]);
    expect(evaluate(rule, [...day, ...twice])).toEqual([]);
  });

  it('waits until the bucket is closed', () => {
    expect(evaluate(rule, [...day, ...many(12, 12)], 12.9, 12.9)).toEqual([]);
    expect(evaluate(rule, [...day, ...many(12, 12)], 13, 13)).toHaveLength(1);
  });
});

describe('silence', () => {
  const rule = correlation({ type: 'silence', timespanMs: HOUR_MS, historyMs: 10 * HOUR_MS, condition: { gte: 8 } });
  const hourly = (from: number, to: number): readonly Hit[] =>
    Array.from({ length: to - from }, (_, index) => at(from + index + 0.5));

  it('opens with the last hit once a bucket is closed in which nothing came, and grows', () => {
    expect(evaluate(rule, hourly(0, 10), 10.9)).toEqual([]);
    const [episode, ...rest] = evaluate(rule, hourly(0, 10), 11);
    expect(rest).toEqual([]);
    expect(episode).toMatchObject({ count: 1, facts: { kind: 'silence', came: 10, of: 10, longestGap: 0 } });
    expect([episode?.opening, episode?.last].map((ref) => hoursOf(ref?.timeUs ?? 0))).toEqual([9.5, 11]);
    expect(evaluate(rule, hourly(0, 10), 12)).toMatchObject(
      [{ count: 2, opening: episode?.opening }].map(({ count }) => ({ count })),
    );
  });

  it('ends with the hit that comes after all', () => {
    const [episode, ...rest] = evaluate(rule, [...hourly(0, 10), at(13.2), at(13.5)], 14);
    expect(rest).toEqual([]);
    expect(episode).toMatchObject({ count: 3, facts: { came: 10 } });
    expect(hoursOf(episode?.last.timeUs ?? 0)).toBeCloseTo(13.2);
    expect(episode?.first).toHaveLength(2);
  });

  it('is one for each time that it falls silent', () => {
    const twice = [...hourly(0, 10), ...hourly(12, 24)];
    expect(evaluate(rule, twice, 40).map(({ count }) => count)).toEqual([2, 3]);
  });

  it.each<[string, readonly Hit[], number, readonly number[]]>([
    ['what came too seldom is not expected', hourly(0, 7), 20, []],
    ['it is not expected for ever', hourly(0, 10), 100, [3]],
    ['it takes more than the longest gap in the history', [...hourly(0, 4), ...hourly(6, 10)], 12, []],
    ['more than that', [...hourly(0, 4), ...hourly(6, 11)], 13, []],
    ['three is more than two', [...hourly(0, 4), ...hourly(6, 12)], 15, []],
    ['other groups say nothing', [...hourly(0, 10), at(12.5, { group: ['bob'] })], 12, [2]],
  ])('%s', (_, hits, until, counts) => {
    expect(evaluate(rule, hits, until).map(({ count }) => count)).toEqual(counts);
  });

  it('takes more than the longest gap in the history', () => {
    const loose = { ...rule, historyMs: 20 * HOUR_MS };
    const gaps = [...hourly(0, 4), ...hourly(6, 12)];
    expect(evaluate(loose, gaps, 14)).toEqual([]);
    expect(evaluate(loose, gaps, 15)).toMatchObject([{ count: 1, facts: { came: 10, of: 20, longestGap: 2 } }]);
  });

  it('does not know what comes later', () => {
    expect(evaluate(rule, [...hourly(0, 10), at(14)], 12, 12)).toMatchObject([{ count: 2, facts: { came: 10 } }]);
  });
});
