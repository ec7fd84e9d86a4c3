import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hit, HitPlace } from '../../src/core/hit.ts';
import type { Correlation } from '../../src/core/rule.ts';
import { alertId } from '../../src/detect/build-alert.ts';
import { Correlator, type EventHits } from '../../src/detect/correlate.ts';
import type { EpisodeChange } from '../../src/detect/telling.ts';
import { compareRefs } from '../../src/detect/episode.ts';
import { correlation, eventId, events, hit, MINUTE_US, NOON_US } from './hits.ts';

const OPTIONS = { latenessMs: 30 * 60_000, hitsLimit: 1_000_000 };

/** What is left when all changes are written down, the highest version of each alert: id -> what it says. */
class Ledger {
  readonly #rules: readonly Correlation[];
  readonly alerts = new Map<
    string,
    { opened: number; count: number; last: number; values: number; continues: boolean }
  >();
  readonly superseded = new Set<string>();

  constructor(rules: readonly Correlation[]) {
    this.#rules = rules;
  }

  write(changes: readonly EpisodeChange[]): void {
    for (const change of changes) {
      const rule = this.#rules[change.correlation];
      if (rule === undefined) throw new Error('unknown correlation');
      const id = alertId(rule, change.group, change.episode.opening);
      if (change.supersededBy !== undefined) {
        this.alerts.delete(id);
        this.superseded.add(id);
        continue;
      }
      this.superseded.delete(id);
      this.alerts.set(id, {
        opened: change.episode.opening.timeUs,
        count: change.episode.count,
        last: change.episode.last.timeUs,
        values: change.episode.values?.size ?? 0,
        continues: change.episode.continues !== undefined,
      });
    }
  }

  get sorted(): readonly unknown[] {
    return Array.from(this.alerts).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function run(rules: readonly Correlation[], batches: readonly (readonly EventHits[])[], stepMs = 1_000): Ledger {
  const correlator = new Correlator(rules, OPTIONS);
  const ledger = new Ledger(rules);
  let now = (NOON_US + 60 * MINUTE_US) / 1_000;
  for (const batch of batches) ledger.write(correlator.apply(batch, (now += stepMs)).changes);
  return ledger;
}

function counts(rules: readonly Correlation[], hits: readonly Hit[]): readonly number[] {
  return Array.from(run(rules, [events(hits)]).alerts.values(), ({ count }) => count);
}

function every(count: number, stepUs: number, fromUs = NOON_US): readonly Hit[] {
  return Array.from({ length: count }, (_, index) => hit(index + 1, fromUs + index * stepUs));
}

describe('event_count', () => {
  it.each([
    ['just within the timespan', every(3, 2.5 * MINUTE_US), [3]],
    ['just beyond it', every(3, 2.5 * MINUTE_US + 1), []],
    ['one too few', every(2, 1), []],
    ['goes on while the next comes within the timespan', every(10, 2 * MINUTE_US), [10]],
    ['the hits before the opening count', [...every(3, MINUTE_US), hit(9, NOON_US + 6 * MINUTE_US)], [4]],
  ])('%s', (_, hits, expected) => {
    expect(counts([correlation()], hits)).toEqual(expected);
  });

  it('opens another alert after a quiet timespan', () => {
    const later = every(3, MINUTE_US, NOON_US + 20 * MINUTE_US).map((one, index) => ({
      ...one,
      eventId: eventId(50 + index),
      accessId: eventId(50 + index),
    }));
    expect(counts([correlation()], [...every(3, MINUTE_US), ...later])).toEqual([3, 3]);
  });

  it('keeps groups apart', () => {
    const hits = every(4, MINUTE_US).map((one, index) => ({ ...one, group: [index % 2 === 0 ? 'ana' : 'sam'] }));
    expect(counts([correlation({ condition: { gte: 2 } })], hits)).toEqual([2, 2]);
  });

  it('counts an access once, though two accounts log it', () => {
    const hits = [
      hit(1, NOON_US, { accessId: eventId(77) }),
      hit(2, NOON_US + 1, { accessId: eventId(77) }),
      hit(3, NOON_US + 2),
    ];
    expect(counts([correlation()], hits)).toEqual([]);
    expect(counts([correlation({ condition: { gt: 1 } })], hits)).toEqual([2]);
  });

  it('counts one event for two base rules', () => {
    const both = [hit(1, NOON_US), hit(1, NOON_US, { base: 1 })];
    const batch = [{ eventId: eventId(1), hits: both }];
    expect(run([correlation({ rules: ['a', 'b'], condition: { gte: 2 } })], [batch]).alerts.size).toBe(1);
  });

  it('is cut at UTC midnight, and the continuation is linked', () => {
    const midnight = NOON_US + 12 * 60 * MINUTE_US;
    const ledger = run([correlation()], [events(every(10, MINUTE_US, midnight - 5 * MINUTE_US))]);
    expect(Array.from(ledger.alerts.values(), ({ count, continues }) => [count, continues])).toEqual([
      [5, false],
      [5, true],
    ]);
  });
});

describe('value_count', () => {
  const rule = correlation({ type: 'value_count', field: 'secret', condition: { gte: 3 } });
  const reads = (values: readonly string[]): readonly Hit[] =>
    values.map((value, index) => hit(index + 1, NOON_US + index * 1_000_000, { value }));

  it.each([
    [['a', 'b', 'c'], [3]],
    [['a', 'a', 'b', 'b'], []],
    [['a', 'a', 'b', 'c', 'a'], [5]],
  ])('%j', (values, expected) => {
    expect(counts([rule], reads(values))).toEqual(expected);
  });

  it('tells how many values there were', () => {
    const ledger = run([rule], [events(reads(['a', 'b', 'c', 'd', 'a']))]);
    expect(Array.from(ledger.alerts.values(), ({ values }) => values)).toEqual([4]);
  });
});

describe('first_seen', () => {
  const day = 24 * 60 * MINUTE_US;
  const rule = correlation({
    type: 'first_seen',
    rules: ['production'],
    knownBy: ['staging'],
    historyMs: 30 * 86_400_000,
    timespanMs: 3_600_000,
    condition: { gte: 3 },
  });
  const staging = (number: number, timeUs: number): Hit => hit(number, timeUs, { base: 1 });
  const acquaintance = [staging(1, NOON_US - 3 * day), staging(2, NOON_US - 2 * day), staging(3, NOON_US - day)];

  it('fires for the first time after what is usual, and grows', () => {
    expect(counts([rule], [...acquaintance, hit(4, NOON_US), hit(5, NOON_US + MINUTE_US)])).toEqual([2]);
  });

  it('is quiet for a stranger', () => {
    expect(counts([rule], [...acquaintance.slice(1), hit(4, NOON_US)])).toEqual([]);
  });

  it('is quiet for what was there within the history, and fires beyond it', () => {
    expect(counts([rule], [hit(9, NOON_US - 10 * day), ...acquaintance, hit(4, NOON_US)])).toEqual([]);
    expect(counts([rule], [hit(9, NOON_US - 40 * day), ...acquaintance, hit(4, NOON_US)])).toEqual([1]);
  });

  it('with `settle` only learns until its first hit lies far enough back', () => {
    const settled = correlation({ type: 'first_seen', historyMs: 30 * 86_400_000, settleMs: 5 * 86_400_000 });
    const other = (timeUs: number): Hit => hit(1, timeUs, { group: ['bob'] });
    expect(counts([settled], [hit(4, NOON_US)])).toEqual([]);
    expect(counts([settled], [other(NOON_US - 4 * day), hit(4, NOON_US)])).toEqual([]);
    expect(counts([settled], [other(NOON_US - 5 * day), hit(4, NOON_US)])).toEqual([1]);
    expect(counts([settled], [other(NOON_US - 5 * day), hit(2, NOON_US - day), hit(4, NOON_US)])).toEqual([]);
    expect(counts([settled], [hit(2, NOON_US - 5 * day), hit(4, NOON_US)])).toEqual([]);
  });

  describe('of a known secret', () => {
    const reader = correlation({
      type: 'first_seen',
      rules: ['read'],
      knownBy: ['read'],
      knownAs: ['secret'],
      groupBy: ['actor', 'secret'],
      historyMs: 30 * 86_400_000,
      timespanMs: 3_600_000,
      condition: { gte: 1 },
    });
    /** A read is counted as both. */
    const read = (number: number, timeUs: number, actor: string, secret: string): readonly Hit[] =>
      [0, 1].map((base) => hit(number, timeUs, { base, group: [actor, secret] }));
    const told = (reads: readonly (readonly Hit[])[]): readonly unknown[] =>
      Array.from(
        run(
          [reader],
          reads.map((hits) => [{ eventId: hits[0]?.eventId ?? '', hits }]),
        ).alerts.keys(),
      ).map((key) => key.includes('bob'));

    it('is a new reader of it, and not the first reader of a new secret', () => {
      const ana = read(1, NOON_US - day, 'ana', 'db');
      expect(told([ana, read(2, NOON_US, 'ana', 'new')])).toEqual([]);
      expect(told([ana, read(2, NOON_US, 'ana', 'db')])).toEqual([]);
      expect(told([ana, read(2, NOON_US, 'bob', 'db')])).toHaveLength(1);
      expect(told([read(1, NOON_US - 31 * day, 'ana', 'db'), read(2, NOON_US, 'bob', 'db')])).toEqual([]);
    });

    it('is one in whatever order the reads come', () => {
      expect(told([read(2, NOON_US, 'bob', 'db'), read(1, NOON_US - MINUTE_US, 'ana', 'db')])).toHaveLength(1);
    });
  });

  it('makes up its mind again when an earlier acquaintance comes late', () => {
    const ledger = run(
      [rule],
      [events([...acquaintance.slice(1), hit(4, NOON_US)]), events([staging(1, NOON_US - 3 * day)])],
    );
    expect(ledger.alerts.size).toBe(1);
  });

  it('moves the opening when an earlier first comes late', () => {
    const ledger = run([rule], [events([...acquaintance, hit(4, NOON_US)]), events([hit(5, NOON_US - MINUTE_US)])]);
    expect(Array.from(ledger.alerts.values(), ({ opened, count }) => [opened, count])).toEqual([
      [NOON_US - MINUTE_US, 2],
    ]);
    expect(ledger.superseded.size).toBe(1);
  });
});

describe('temporal', () => {
  const rule = correlation({ type: 'temporal', rules: ['a', 'b', 'c'], condition: { gte: 3 } });
  const met = (bases: readonly number[], stepUs = MINUTE_US): readonly Hit[] =>
    bases.map((base, index) => hit(index + 1, NOON_US + index * stepUs, { base }));

  it.each([
    [[2, 0, 1], [3]],
    [[0, 0, 1, 1], []],
    [[0, 0, 1, 2], [4]],
    [[0, 1, 1, 1, 1, 1, 2], []],
  ])('%j', (bases, expected) => {
    expect(counts([rule], met(bases))).toEqual(expected);
  });

  it('counts different rules where it is told how many', () => {
    expect(counts([{ ...rule, condition: { gte: 2 } }], met([1, 1, 2]))).toEqual([3]);
  });
});

describe('temporal_ordered', () => {
  const rule = correlation({ type: 'temporal_ordered', rules: ['a', 'b', 'c'], condition: { gte: 3 } });
  const met = (bases: readonly number[], stepUs = MINUTE_US): readonly Hit[] =>
    bases.map((base, index) => hit(index + 1, NOON_US + index * stepUs, { base }));

  it.each([
    [[0, 1, 2], [3]],
    [[0, 2, 1], []],
    [[2, 0, 2, 1, 2], [5]],
    [[0, 1, 1, 1, 1, 1, 2], []],
    [[0, 1, 1, 1, 0, 1, 2], [6]],
  ])('%j', (bases, expected) => {
    expect(counts([rule], met(bases))).toEqual(expected);
  });

  it('takes hits of one time in any order', () => {
    expect(counts([rule], met([2, 1, 0], 0))).toEqual([3]);
    expect(counts([rule], [...met([2, 1], 0), hit(9, NOON_US + 1, { base: 0 })])).toEqual([]);
  });

  it('asks for the order of some where it is told how many', () => {
    expect(counts([{ ...rule, condition: { gte: 2 } }], met([2, 1, 0]))).toEqual([]);
    expect(counts([{ ...rule, condition: { gte: 2 } }], met([2, 0, 2]))).toEqual([3]);
  });

  it('says what walking through every window says', () => {
    const arbitrary = fc.array(fc.record({ base: fc.nat({ max: 3 }), at: fc.nat({ max: 12 }) }), { maxLength: 14 });
    const four = { ...rule, rules: ['a', 'b', 'c', 'd'], timespanMs: 4_000 };
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 1, max: 4 }), (list, least) => {
        const hits = list.map(({ base, at }, index) => hit(index + 1, NOON_US + at * 1_000_000, { base }));
        const inTime = [...hits].sort(compareRefs);
        const first = inTime.findIndex(
          ({ timeUs }, index) =>
            longestChain(inTime.slice(0, index + 1).filter((one) => one.timeUs >= timeUs - 4_000_000)) >= least,
        );
        const opened = Array.from(run([{ ...four, condition: { gte: least } }], [events(hits)]).alerts.values());
        expect(Math.min(...opened.map((alert) => alert.opened))).toBe(inTime[first]?.timeUs ?? Infinity);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes time linear in the hits', () => {
    const many = { ...rule, timespanMs: 10 * 60 * 60_000 };
    const hits = Array.from({ length: 60_000 }, (_, index) =>
      hit(index + 1, NOON_US + index * 1_000, { base: 1 + (index % 2) }),
    );
    expect(counts([many], hits)).toEqual([]);
  });
});

/** Of hits in order of time; those of one time are in any order. */
function longestChain(hits: readonly Hit[]): number {
  const sorted = hits.toSorted((a, b) => a.timeUs - b.timeUs || a.base - b.base);
  const ends: number[] = [];
  for (const [index, { base }] of sorted.entries()) {
    const before = sorted.slice(0, index).map((one, at) => (one.base < base ? (ends[at] ?? 0) : 0));
    ends.push(1 + Math.max(0, ...before));
  }
  return Math.max(0, ...ends);
}

describe('numbers', () => {
  const paid = (amounts: readonly number[]): readonly Hit[] =>
    amounts.map((amount, index) => hit(index + 1, NOON_US + index * MINUTE_US, { amount }));
  const of = (type: Correlation['type'], condition: Correlation['condition'], percentile?: number): Correlation =>
    correlation({ type, condition, field: 'bytes', ...(percentile === undefined ? {} : { percentile }) });

  it.each<[string, Correlation, readonly number[], readonly number[]]>([
    ['a sum above', of('value_sum', { gt: 1_000 }), [600, 500], [2]],
    ['a sum that is equal', of('value_sum', { gt: 1_000 }), [600, 400], []],
    ['a sum of what is within the timespan', of('value_sum', { gte: 10 }), [5, 0, 0, 0, 0, 0, 5], []],
    ['a sum that is exact in decimals', of('value_sum', { gt: 0.3 }), [0.1, 0.2], []],
    ['a sum with what is below zero', of('value_sum', { gte: 5 }), [-3, 4, 4], [3]],
    [
      'a sum beyond what a double counts',
      of('value_sum', { gt: 9_007_199_254_740_992 }),
      [9_007_199_254_740_992, 1],
      [2],
    ],
    ['a sum of what is huge', of('value_sum', { gt: 1e300 }), [1e300, 1e300], [2]],
    ['an average above', of('value_avg', { gt: 500 }), [400, 700], [2]],
    ['an average that is equal', of('value_avg', { gt: 500 }), [400, 600], []],
    ['the median', of('value_percentile', { gt: 2 }, 50), [1, 2, 3, 4], [4]],
    ['the median at its bound', of('value_percentile', { gte: 2.5 }, 50), [1, 2, 3, 4], [4]],
    ['a high percentile', of('value_percentile', { gt: 9 }, 90), [1, 1, 1, 1, 10], []],
    ['the highest', of('value_percentile', { gt: 9 }, 100), [1, 1, 1, 1, 10], [5]],
  ])('%s', (_, rule, amounts, expected) => {
    expect(counts([rule], paid(amounts))).toEqual(expected);
  });
});

describe('a condition that more hits may break', () => {
  const of = (condition: Correlation['condition']): Correlation => correlation({ condition });

  it.each<[Correlation['condition'], number, readonly number[]]>([
    [{ eq: 2 }, 2, [2]],
    [{ eq: 2 }, 3, []],
    [{ lt: 3 }, 2, [2]],
    [{ lt: 3 }, 10, []],
    [{ lte: 3 }, 3, [3]],
    [{ neq: 1 }, 1, []],
    [{ neq: 1 }, 2, [2]],
    [{ gt: 2, lte: 4 }, 2, []],
    [{ gt: 2, lte: 4 }, 4, [4]],
    [{ gt: 2, lte: 4 }, 5, []],
  ])('%j of %i hits', (condition, number, expected) => {
    expect(counts([of(condition)], every(number, 1_000_000))).toEqual(expected);
  });

  it('is asked of windows that can take no other hit, wherever they begin', () => {
    const twoAndTwo = [...every(2, 1), hit(3, NOON_US + 4 * MINUTE_US), hit(4, NOON_US + 8 * MINUTE_US)];
    expect(counts([of({ eq: 3 })], twoAndTwo)).toEqual([4]);
    expect(counts([of({ eq: 2 })], twoAndTwo)).toEqual([2]);
    expect(counts([of({ eq: 4 })], twoAndTwo)).toEqual([]);
  });
});

describe('a chain', () => {
  const child = correlation({ meta: { ...correlation().meta, key: 'many' }, isSilent: true });
  const parent = correlation({
    meta: { ...correlation().meta, key: 'parent' },
    type: 'temporal_ordered',
    rules: ['many', 'ok'],
    chained: ['many'],
    groupBy: ['who'],
    timespanMs: 10 * 60_000,
    condition: { gte: 2 },
  });
  const failed = (number: number, timeUs: number, who = 'ana'): Hit =>
    hit(number, timeUs, { group: [`host-${who}`], carried: [{ correlation: 1, base: 0, group: [who] }] });
  const worked = (number: number, timeUs: number, who = 'ana'): Hit =>
    hit(number, timeUs, { correlation: 1, base: 1, group: [who] });
  const three = [0, 1, 2].map((index) => failed(index + 1, NOON_US + index * MINUTE_US));
  const rules = [child, parent];

  it('counts the child at its opening, and the child tells of nothing', () => {
    const ledger = run(rules, [
      events([...three, failed(4, NOON_US + 3 * MINUTE_US), worked(9, NOON_US + 4 * MINUTE_US)]),
    ]);
    expect(Array.from(ledger.alerts.values(), ({ count, opened }) => [count, opened])).toEqual([
      [2, NOON_US + 4 * MINUTE_US],
    ]);
  });

  it('does not fire in another order, or for another group', () => {
    expect(counts(rules, [worked(9, NOON_US - 1), ...three])).toEqual([]);
    expect(counts(rules, [...three, worked(9, NOON_US + 4 * MINUTE_US, 'sam')])).toEqual([]);
  });

  it('takes a hit back whose opening moved', () => {
    const early = { ...parent, timespanMs: 60_000 };
    const batches = [[...three, worked(9, NOON_US + 3 * MINUTE_US)], [failed(5, NOON_US - 1)]].map(events);
    const ledger = run([child, early], batches);
    expect([ledger.alerts.size, ledger.superseded.size]).toEqual([0, 1]);
  });

  it('tells of another hit in the place of one that was taken back', () => {
    const many = correlation({ ...parent, type: 'event_count', condition: { gte: 1 } });
    const other = [0, 1, 2].map((index) => ({
      ...failed(index + 11, NOON_US + (4 + index) * MINUTE_US),
      group: ['host-2'],
    }));
    const late = { ...failed(10, NOON_US + 3 * MINUTE_US), group: ['host-2'] };
    const ledger = run([child, many], [events([...three, ...other]), events([late])]);
    expect(Array.from(ledger.alerts.values(), ({ count, last }) => [count, last])).toEqual([
      [2, NOON_US + 5 * MINUTE_US],
    ]);
  });

  it('counts a child once that goes on after midnight', () => {
    const midnight = NOON_US + 12 * 60 * MINUTE_US;
    const long = every(10, MINUTE_US, midnight - 5 * MINUTE_US).map(({ timeUs }, index) => failed(index + 1, timeUs));
    const twice = correlation({ ...parent, type: 'event_count', condition: { gte: 1 }, timespanMs: 3_600_000 });
    expect(counts([child, twice], long)).toEqual([1]);
  });

  it('works over several levels, whatever the order of the rules', () => {
    const top = correlation({
      meta: { ...correlation().meta, key: 'top' },
      rules: ['parent'],
      chained: ['parent'],
      groupBy: [],
      condition: { gte: 1 },
    });
    const above: HitPlace = { correlation: 0, base: 0, group: [] };
    const list = [top, child, { ...parent, isSilent: true }];
    const moved = (one: Hit): Hit => ({
      ...one,
      correlation: one.correlation + 1,
      carried:
        one.correlation === 0
          ? (one.carried ?? []).map((place) => ({ ...place, correlation: 2, carried: [above] }))
          : [above],
    });
    expect(counts(list, [...three, worked(9, NOON_US + 4 * MINUTE_US)].map(moved))).toEqual([1]);
  });

  it('ends in the same alerts in any order and any batching', () => {
    const arbitrary = fc.array(
      fc.record({ at: fc.nat({ max: 40 }), who: fc.constantFrom('ana', 'sam'), isOk: fc.boolean() }),
      { maxLength: 30 },
    );
    const parents: readonly Correlation[] = [parent, { ...parent, type: 'event_count', condition: { gte: 2 } }];
    fc.assert(
      fc.property(
        arbitrary,
        fc.constantFrom(...parents),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 5 }),
        (list, over, random, size) => {
          const hits = list.map(({ at, who, isOk }, index) =>
            (isOk ? worked : failed)(index + 1, NOON_US + 35 * MINUTE_US + at * 40_000_000, who),
          );
          const ordered = run([child, over], [events([...hits].sort(compareRefs))]);
          const keys = new Map(hits.map((one) => [one, random.next().value ?? 0]));
          const shuffled = events([...hits].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0)));
          const batches = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, index) =>
            shuffled.slice(index * size, (index + 1) * size),
          );
          expect(run([child, over], [...batches, events(hits)]).sorted).toEqual(ordered.sorted);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

const arbitraryHits = (hasValues: boolean): fc.Arbitrary<readonly Hit[]> =>
  fc
    .array(
      fc.record({
        at: fc.nat({ max: 60 }),
        group: fc.constantFrom('ana', 'sam'),
        value: fc.constantFrom('a', 'b', 'c', 'd'),
        base: fc.nat({ max: 1 }),
      }),
      {
        maxLength: 40,
      },
    )
    .map((list) =>
      list.map(({ at, group, value, base }, index) =>
        // Within 28 minutes of the newest, so that every order is within lateness.
        hit(index + 1, NOON_US + 35 * MINUTE_US + at * 27_000_000, {
          group: [group],
          base,
          ...(hasValues ? { value } : {}),
          amount: AMOUNTS.indexOf(value) / 10 - 0.1,
        }),
      ),
    );

const AMOUNTS = ['a', 'b', 'c', 'd'];

const RULES = [
  ['event_count', correlation({ rules: ['a', 'b'], condition: { gte: 4 } })],
  [
    'value_count',
    correlation({
      type: 'value_count',
      rules: ['a', 'b'],
      field: 'secret',
      timespanMs: 120_000,
      condition: { gte: 3 },
    }),
  ],
  [
    'first_seen',
    correlation({
      type: 'first_seen',
      rules: ['a'],
      knownBy: ['b'],
      historyMs: 600_000,
      timespanMs: 120_000,
      condition: { gte: 2 },
    }),
  ],
  [
    'first_seen with settle',
    correlation({ type: 'first_seen', rules: ['a', 'b'], historyMs: 600_000, settleMs: 60_000, timespanMs: 120_000 }),
  ],
  ['temporal', correlation({ type: 'temporal', rules: ['a', 'b'], timespanMs: 60_000, condition: { gte: 2 } })],
  [
    'temporal_ordered',
    correlation({ type: 'temporal_ordered', rules: ['a', 'b'], timespanMs: 60_000, condition: { gte: 2 } }),
  ],
  [
    'value_sum',
    correlation({ type: 'value_sum', rules: ['a', 'b'], field: 'n', timespanMs: 90_000, condition: { gt: 0.3 } }),
  ],
  [
    'value_avg',
    correlation({ type: 'value_avg', rules: ['a', 'b'], field: 'n', timespanMs: 90_000, condition: { gte: 0.1 } }),
  ],
  [
    'value_percentile',
    correlation({
      type: 'value_percentile',
      rules: ['a', 'b'],
      field: 'n',
      percentile: 70,
      timespanMs: 90_000,
      condition: { gt: 0.05 },
    }),
  ],
  ['event_count that more may break', correlation({ rules: ['a', 'b'], condition: { gt: 1, lte: 4 } })],
  [
    'value_count that more may break',
    correlation({ type: 'value_count', rules: ['a', 'b'], field: 'secret', timespanMs: 90_000, condition: { eq: 2 } }),
  ],
  [
    'temporal_ordered that more may break',
    correlation({ type: 'temporal_ordered', rules: ['a', 'b'], timespanMs: 60_000, condition: { neq: 2 } }),
  ],
] as const satisfies readonly (readonly [string, Correlation])[];

describe.each(RULES)('laws of %s', (_, rule) => {
  it('any order and any batching give the same alerts as one pass in event time', () => {
    fc.assert(
      fc.property(
        arbitraryHits(rule.type === 'value_count'),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 7 }),
        (hits, random, size) => {
          const ordered = run([rule], [events([...hits].sort(compareRefs))]);
          const keys = new Map(hits.map((one) => [one, random.next().value ?? 0]));
          const shuffled = events([...hits].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0)));
          const batches = Array.from({ length: Math.ceil(shuffled.length / size) }, (__, index) =>
            shuffled.slice(index * size, (index + 1) * size),
          );
          expect(run([rule], batches).sorted).toEqual(ordered.sorted);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('applying twice changes nothing', () => {
    fc.assert(
      fc.property(arbitraryHits(rule.type === 'value_count'), (hits) => {
        const once = run([rule], [events(hits)]);
        expect(run([rule], [events(hits), events(hits), events(hits.toReversed())]).sorted).toEqual(once.sorted);
      }),
    );
  });
});

describe('memory', () => {
  it('forgets what was appended a timespan and the lateness ago', () => {
    const correlator = new Correlator([correlation()], OPTIONS);
    correlator.apply(events(every(100, 1_000_000)), NOON_US / 1_000);
    expect(correlator.stats.hits).toBe(100);
    correlator.apply(events([hit(900, NOON_US + 40 * MINUTE_US)]), NOON_US / 1_000 + 40 * 60_000);
    expect(correlator.stats).toEqual({ hits: 1, groups: 1 });
  });

  it.each([
    ['while the next hit may share it', 8, 8.5],
    ['after that', 12, 60],
  ])('does not take back what held when a part of its window is forgotten, %s', (_, otherMinute, nextMinute) => {
    const rule = correlation({ condition: { eq: 2 } });
    const correlator = new Correlator([rule], { ...OPTIONS, latenessMs: 0 });
    const ledger = new Ledger([rule]);
    const at = (number: number, minute: number, group = 'ana'): Hit =>
      hit(number, NOON_US + minute * MINUTE_US, { group: [group] });
    // The other group's hit makes time go on.
    for (const one of [at(1, 0), at(2, 4), at(3, otherMinute, 'bob'), at(4, nextMinute)]) {
      ledger.write(correlator.apply(events([one]), one.timeUs / 1_000).changes);
    }
    expect(ledger.alerts.size).toBe(1);
    expect(ledger.superseded.size).toBe(0);
  });

  it('goes on with an episode whose older hits are forgotten', () => {
    const correlator = new Correlator([correlation()], OPTIONS);
    const ledger = new Ledger([correlation()]);
    for (const one of every(300, MINUTE_US, NOON_US))
      ledger.write(correlator.apply(events([one]), one.timeUs / 1_000).changes);
    expect(Array.from(ledger.alerts.values(), ({ count }) => count)).toEqual([300]);
    expect(correlator.stats.hits).toBeLessThan(40);
  });

  it('counts what it has to forget before its time', () => {
    const correlator = new Correlator([correlation()], { ...OPTIONS, hitsLimit: 10 });
    correlator.apply(events(every(10, 1)), NOON_US / 1_000);
    const { evicted } = correlator.apply(events([hit(99, NOON_US + MINUTE_US)]), NOON_US / 1_000 + 60_000);
    expect(evicted).toBe(10);
  });
});

describe('what comes later than the memory reaches', () => {
  const seen = correlation({ type: 'first_seen', historyMs: 86_400_000, condition: { gte: 1 } });

  it('is one event, however its copies are stamped', () => {
    const correlator = new Correlator([seen], OPTIONS);
    const now = (NOON_US + 90 * MINUTE_US) / 1_000;
    expect(correlator.applyLate(events([hit(1, NOON_US + 20)]), now).marks).toHaveLength(1);
    expect(correlator.applyLate(events([hit(1, NOON_US - 20)]), now)).toEqual({ marks: [], late: [] });
    expect(correlator.apply(events([hit(1, NOON_US + 40)]), now).changes).toEqual([]);
    expect(correlator.applyLate(events([hit(2, NOON_US)]), now).late).toHaveLength(1);
  });
});
