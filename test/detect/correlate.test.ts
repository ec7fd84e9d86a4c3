import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hit } from '../../src/core/hit.ts';
import type { Correlation } from '../../src/core/rule.ts';
import { alertId } from '../../src/detect/build-alert.ts';
import { Correlator, type EventHits } from '../../src/detect/correlate.ts';
import type { EpisodeChange } from '../../src/detect/correlation-state.ts';
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
        }),
      ),
    );

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
] as const;

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
