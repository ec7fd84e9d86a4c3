import { describe, expect, it } from 'vitest';
import type { Correlation } from '../../src/core/rule.ts';
import { ALL, Closing } from '../../src/pipeline/closing.ts';
import { correlation, hit, MINUTE_US, NOON_US } from '../detect/hits.ts';

const few = correlation({ condition: { lt: 3 } });
const hourly = correlation({
  type: 'silence',
  timespanMs: 3_600_000,
  historyMs: 10 * 3_600_000,
  condition: { gte: 3 },
});
const HOUR_US = 60 * MINUTE_US;

function open(rule: Correlation, limit = 100): { readonly closing: Closing; readonly crowds: Correlation[] } {
  const crowds: Correlation[] = [];
  return { closing: new Closing([rule], new Set([0]), limit, (one) => crowds.push(one)), crowds };
}

describe('a window', () => {
  it('is due once it can take no other hit', () => {
    const { closing } = open(few);
    closing.touch([hit(1, NOON_US)]);
    closing.closedUs = NOON_US + 5 * MINUTE_US - 1;
    expect(closing.isDue).toBe(false);
    closing.closedUs = NOON_US + 5 * MINUTE_US;
    expect(closing.isDue).toBe(true);
    expect(Array.from(closing.take().get(0)?.keys() ?? [])).toEqual(['ana']);
    expect(closing.isEmpty).toBe(true);
  });

  it('that goes on is due again', () => {
    const { closing } = open(few);
    closing.touch([hit(1, NOON_US), hit(2, NOON_US + 2 * MINUTE_US)]);
    closing.closedUs = NOON_US + 5 * MINUTE_US;
    closing.take();
    expect([closing.isEmpty, closing.isDue]).toEqual([false, false]);
    closing.closedUs = NOON_US + 7 * MINUTE_US;
    closing.take();
    expect(closing.isEmpty).toBe(true);
  });
});

describe('too many groups', () => {
  it('are worked out together, which is told', () => {
    const { closing, crowds } = open(few, 2);
    closing.touch(['a', 'b'].map((group, index) => hit(index, NOON_US, { group: [group] })));
    expect(crowds).toEqual([]);
    closing.touch(['c', 'd'].map((group, index) => hit(index, NOON_US + MINUTE_US, { group: [group] })));
    expect(crowds).toEqual([few]);
    closing.closedUs = NOON_US + HOUR_US;
    expect(Array.from(closing.take().get(0) ?? [], ([group, { lastUs }]) => [group, lastUs])).toEqual([
      [ALL, NOON_US + MINUTE_US],
    ]);
  });
});

describe('a silence', () => {
  it('costs nothing as long as the group comes', () => {
    const { closing } = open(hourly);
    for (let hour = 0; hour < 24; hour++) {
      closing.touch([hit(hour, NOON_US + hour * HOUR_US)]);
      closing.closedUs = NOON_US + (hour - 0.5) * HOUR_US;
      expect(closing.isDue).toBe(false);
    }
  });

  it('is due when a bucket is over in which nothing came, then after each, and when it ends', () => {
    const { closing } = open(hourly);
    closing.touch([hit(1, NOON_US)]);
    closing.closedUs = NOON_US + 2 * HOUR_US;
    expect(closing.take().size).toBe(1);
    closing.closedUs = NOON_US + 3 * HOUR_US - 1;
    expect(closing.isDue).toBe(false);
    closing.closedUs = NOON_US + 3 * HOUR_US;
    expect(closing.take().size).toBe(1);
    closing.touch([hit(2, NOON_US + 3.2 * HOUR_US)]);
    closing.closedUs = NOON_US + 3.2 * HOUR_US;
    expect(closing.isDue).toBe(true);
  });

  it('is forgotten with the group', () => {
    const { closing } = open(hourly);
    closing.touch([hit(1, NOON_US)]);
    closing.closedUs = NOON_US + 20 * HOUR_US;
    closing.take();
    expect(closing.isEmpty).toBe(true);
  });

  it('is looked at again when a hit comes late', () => {
    const { closing } = open(hourly);
    closing.closedUs = NOON_US + 5 * HOUR_US;
    closing.touch([hit(1, NOON_US + 4.9 * HOUR_US)]);
    expect(closing.isDue).toBe(true);
  });
});
