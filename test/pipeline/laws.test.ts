import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivals, steps, type Delays } from './arbitrary.ts';
import { MemoryDisk } from './memory-store.ts';
import { alertsOn, lives, untold, watchedUs } from './run.ts';
import {
  ALL_RULES,
  CLOSED_RULES,
  comparable,
  evaluated,
  READERS,
  REVOCABLE,
  stagesOf,
  type RuleName,
} from './world.ts';

const MINUTE_MS = 60_000;
const LATENESS_MS = 10 * MINUTE_MS;
const DAY_MS = 86_400_000;

const ON_TIME: Delays = fc.integer({ min: 0, max: LATENESS_MS - 6_000 });
const LATE: Delays = fc.integer({ min: LATENESS_MS + 6_000, max: 3 * DAY_MS });
const FAR_BEHIND: Delays = fc.integer({ min: 10 * DAY_MS, max: 10 * DAY_MS + 60 * MINUTE_MS });
const ANY: Delays = fc.oneof(ON_TIME, ON_TIME, fc.integer({ min: 0, max: 40 * MINUTE_MS }), LATE);

/** The same runs each time, so that a change is what makes them fail; WHOSAW_EXPLORE=100 makes so many times as many, others each time. */
const SEED = 20_261_123;
const EXPLORE = Number(process.env['WHOSAW_EXPLORE'] ?? 1);
/** A run that failed is found again by the seed that it printed. */
const SEEDED = process.env['WHOSAW_SEED'];

describe('the same accesses end in the same alerts', () => {
  it.each<[string, Delays, number, readonly RuleName[]]>([
    ['all of them live, in any order within lateness', ON_TIME, 150, ALL_RULES],
    ['all of them late', LATE, 150, ALL_RULES],
    ['an old log, read at once', FAR_BEHIND, 150, ALL_RULES],
    ['some live, some late', ANY, 300, ALL_RULES],
    ['what late hits may undo, live', ON_TIME, 150, [REVOCABLE]],
    ['what late hits may undo, late', LATE, 150, [REVOCABLE]],
    ['new readers of known secrets, in any order within lateness', ON_TIME, 150, [READERS]],
    ['new readers of known secrets, some of them late', ANY, 200, [READERS]],
    ['new readers of known secrets, read at once', FAR_BEHIND, 150, [READERS]],
    ['what closed buckets say, in any order within lateness', ON_TIME, 150, ['anomaly', 'silence']],
    ['what closed buckets say, some of it late', ANY, 200, ['anomaly', 'silence']],
    ['what closed buckets say, read at once', FAR_BEHIND, 150, ['anomaly', 'silence']],
    ['what waits until its time is closed, in any order within lateness', ON_TIME, 150, CLOSED_RULES],
    ['what waits until its time is closed, late', LATE, 150, CLOSED_RULES],
    ['what waits until its time is closed, read at once', FAR_BEHIND, 100, CLOSED_RULES],
    ['what waits until its time is closed, beside what does not', ANY, 150, ['refused', 'first', ...CLOSED_RULES]],
  ])('%s', async (_, delays, numRuns, names) => {
    const stages = await stagesOf(names);
    await fc.assert(
      fc.asyncProperty(
        arrivals(delays),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.nat({ max: 12 }), { maxLength: 3 }),
        fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
        async (list, random, kills, swaps) => {
          const script = steps(list, random);
          const disk = new MemoryDisk();
          const turns = random.map((number) => number % 4);
          await lives({ stages, steps: script, latenessMs: LATENESS_MS, disk, turns, swaps }, kills);
          const records = script.flatMap((step) => step.records);
          const expected = comparable(evaluated(stages, records, watchedUs(disk)), stages, records);
          expect(comparable(alertsOn(disk), stages, records)).toEqual(expected);
          expect(untold(disk)).toEqual([]);
        },
      ),
      {
        numRuns: numRuns * EXPLORE,
        ...(SEEDED !== undefined || EXPLORE === 1 ? { seed: Number(SEEDED ?? SEED) } : {}),
      },
    );
  });
});
