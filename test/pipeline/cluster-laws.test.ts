import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivals, steps, type Arrival, type Delays } from './arbitrary.ts';
import { runCluster } from './cluster-run.ts';
import { MemoryDisk } from './memory-store.ts';
import { alertsOn, untold } from './run.ts';
import { ALL_RULES, comparable, evaluated, READERS, REVOCABLE, stagesOf, type RuleName } from './world.ts';

const MINUTE_MS = 60_000;
const LATENESS_MS = 10 * MINUTE_MS;
const DAY_MS = 86_400_000;
const ON_TIME: Delays = fc.integer({ min: 0, max: LATENESS_MS - 6_000 });
/** A copy's delay comes on top of that of the access. */
const SOON: Delays = fc.integer({ min: 0, max: LATENESS_MS / 2 - 3_000 });
const LATE: Delays = fc.integer({ min: LATENESS_MS + 6_000, max: 3 * DAY_MS });
const ANY: Delays = fc.oneof(ON_TIME, ON_TIME, fc.integer({ min: 0, max: 40 * MINUTE_MS }), LATE);

/** Which of two copies with other timestamps is seen first depends on who reads faster. */
function withoutSkew(arrival: Arrival): Arrival {
  const { skewMs: _, ...access } = arrival.access;
  return { ...arrival, access };
}

const SEED = 20_261_123;
const EXPLORE = Number(process.env['WHOSAW_EXPLORE'] ?? 1);
const SEEDED = process.env['WHOSAW_SEED'];
const TIMEOUT_MS = 240_000;

describe('in the cluster, whatever is killed, the same accesses end in the same alerts', () => {
  it.each<[string, Delays, number, readonly RuleName[], boolean]>([
    ['in any order within lateness, without a store', SOON, 40, ALL_RULES, false],
    ['in any order within lateness', ON_TIME, 40, ALL_RULES, true],
    ['what late hits may undo, live', ON_TIME, 25, [REVOCABLE], true],
    ['new readers of known secrets', ON_TIME, 25, [READERS], true],
    ['some live, some late', ANY, 40, ALL_RULES, true],
  ])(
    '%s',
    async (_, delays, numRuns, names, hasStore) => {
      const stages = await stagesOf(names);
      await fc.assert(
        fc.asyncProperty(arrivals(delays), fc.infiniteStream(fc.nat()), async (list, random) => {
          // Who waits for others of its batch may be late, which is for the store.
          const script = steps(list.map(withoutSkew), random, hasStore ? 5 : 1);
          const records = script.flatMap((step) => step.records);
          const expected = comparable(evaluated(stages, records), stages, records);
          const disk = new MemoryDisk();
          const isDone = (): boolean =>
            JSON.stringify(comparable(alertsOn(disk), stages, records)) === JSON.stringify(expected);
          await runCluster({ stages, steps: script, latenessMs: LATENESS_MS, disk, random, hasStore, isDone });
          expect(comparable(alertsOn(disk), stages, records)).toEqual(expected);
          expect(untold(disk)).toEqual([]);
        }),
        {
          numRuns: numRuns * EXPLORE,
          // Each run that fails has waited for what did not come: no smaller one is looked for.
          endOnFailure: true,
          ...(SEEDED !== undefined || EXPLORE === 1 ? { seed: Number(SEEDED ?? SEED) } : {}),
        },
      );
    },
    TIMEOUT_MS,
  );
});
