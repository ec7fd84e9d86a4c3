import fc from 'fast-check';
import type { Access } from './world.ts';
import { recordOf } from './world.ts';
import type { Step } from './run.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SKEW_WITHIN_MS = 9 * MINUTE_MS;
/** The third of four midnights around which things happen. */
const MIDNIGHT_MS = Date.UTC(2026, 0, 15);

/** An access, and how long after it its source hands it on. */
export interface Arrival {
  readonly access: Access;
  readonly source: string;
  readonly delayMs: number;
}

const moment = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -12 * MINUTE_MS, max: 12 * MINUTE_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -DAY_MS, max: DAY_MS }) },
);

/** One identity, doing something again and again. */
const burst = fc.record({
  midnight: fc.integer({ min: -1, max: 1 }),
  moment,
  count: fc.integer({ min: 1, max: 7 }),
  stepMs: fc.oneof(
    fc.integer({ min: 0, max: 90_000 }),
    fc.integer({ min: 0, max: 6 * MINUTE_MS }),
    fc.integer({ min: 0, max: 6 * 60 * MINUTE_MS }),
  ),
  who: fc.constantFrom('ana', 'sam'),
  what: fc.constantFrom('staging/web', 'production/db', 'production/root', 'spread'),
  isRefused: fc.boolean(),
  isTrail: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
});

export function accesses(maxBursts = 7): fc.Arbitrary<readonly Access[]> {
  return fc.array(burst, { minLength: 1, maxLength: maxBursts }).map((bursts) =>
    bursts.flatMap(({ midnight, moment, count, stepMs, who, what, isRefused, isTrail }, number) =>
      Array.from({ length: count }, (_, index): Access => ({
        number: number * 100 + index,
        atMs: MIDNIGHT_MS + midnight * DAY_MS + moment + index * stepMs,
        who,
        what: what === 'spread' ? `production/spread-${index % 4}` : what,
        isRefused: isRefused && !isTrail,
        ...(isTrail ? { copy: 0 } : {}),
      })),
    ),
  );
}

/** A delay in event time; what is longer than the lateness takes the history lane. */
export type Delays = fc.Arbitrary<number>;

/** Copies come from the other source, after the access they are copies of. */
export function arrivals(delays: Delays, maxBursts?: number): fc.Arbitrary<readonly Arrival[]> {
  return accesses(maxBursts).chain((list) =>
    fc
      .array(
        fc.record({
          source: fc.constantFrom('a', 'b'),
          delayMs: delays,
          copy: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: delays }),
          skewMs: fc.integer({ min: -5_000, max: 5_000 }),
        }),
        { minLength: list.length, maxLength: list.length },
      )
      .map((ways) =>
        list.flatMap((access, index) => {
          const { source = 'a', delayMs = 0, copy, skewMs = 0 } = ways[index] ?? {};
          const first = { access, source, delayMs };
          if (copy === undefined) return [first];
          // The timestamp of a copy may differ as long as its id is remembered.
          const isRemembered = delayMs < SKEW_WITHIN_MS && copy < SKEW_WITHIN_MS;
          const other =
            access.copy === undefined ? { ...access, skewMs: isRemembered ? skewMs : 0 } : { ...access, copy: 1 };
          return [first, { access: other, source: source === 'a' ? 'b' : 'a', delayMs: delayMs + copy }];
        }),
      ),
  );
}

/** Cuts what arrives into batches of one source each, at most so many at a time. */
export function steps(list: readonly Arrival[], random: Iterator<number>, most = 5): readonly Step[] {
  const inOrder = list
    .map((arrival, index) => ({ ...arrival, index, nowMs: arrival.access.atMs + arrival.delayMs }))
    .toSorted((a, b) => a.nowMs - b.nowMs || a.index - b.index);
  const cut: Step[] = [];
  for (let at = 0; at < inOrder.length;) {
    const { source = 'a', nowMs = 0 } = inOrder[at] ?? {};
    const size = 1 + ((random.next().value ?? 0) % most);
    let end = at + 1;
    while (end < inOrder.length && end - at < size && inOrder[end]?.source === source) end++;
    const batch = inOrder.slice(at, end);
    cut.push({
      source,
      records: batch.map(({ access }) => recordOf(access, source)),
      nowMs: Math.max(nowMs, ...batch.map((one) => one.nowMs)),
      isCaughtUp: (random.next().value ?? 0) % 3 === 0,
    });
    at = end;
  }
  return cut;
}
