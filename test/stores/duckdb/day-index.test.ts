import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TALLIES, type AccessReader } from '../../../src/core/access-reader.ts';
import { DAY_US } from '../../../src/lib/time.ts';
import type { DuckdbStore } from '../../../src/stores/duckdb/open.ts';
import { newStore } from '../../contract/store-adapter.ts';
import { PASSWORD, batch, observation, type Given } from '../../contract/store-fixtures.ts';
import { duckdbAdapter } from './adapter.ts';

const FIRST_DAY = Date.parse('2025-03-15T00:00:00Z') / 86_400_000;
const DAYS = [0, 1, 2, 3].map((day) => FIRST_DAY + day);

/** Half a minute around a midnight, or some time of four days. */
const time = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2), fc.integer({ min: -30, max: 30 })).map(([day, seconds]) => day * 86_400 + seconds),
  fc.integer({ min: 0, max: 4 * 86_400 - 1 }),
);

const given = fc.record({
  seconds: time,
  actor: fc.constantFrom('person:ana', 'person:sam', null),
  secret: fc.constantFrom(PASSWORD, 'vault:eu/other', null),
  kind: fc.constantFrom('read', 'read', 'list', null),
  outcome: fc.constantFrom('success', 'success', 'failure'),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', undefined),
  environment: fc.constantFrom('production', undefined),
  /** Another event tells of the same access, so many seconds later. */
  copyAfter: fc.option(fc.integer({ min: -100, max: 100 }), { nil: undefined }),
});

type Drawn = typeof given extends fc.Arbitrary<infer T> ? T : never;

function eventsOf(drawn: readonly Drawn[]): readonly Given[] {
  return drawn.flatMap(({ seconds, address, environment, copyAfter, ...rest }, index): readonly Given[] => {
    const event: Given = {
      ...rest,
      id: `e${index}`,
      at: at(seconds),
      ...(address === undefined ? {} : { address }),
      ...(environment === undefined ? {} : { environment }),
    };
    const copy = { ...event, id: `copy of e${index}`, access: `e${index}`, at: at(seconds + (copyAfter ?? 0)) };
    return copyAfter === undefined ? [event] : [event, copy];
  });
}

function at(seconds: number): string {
  return new Date((FIRST_DAY * 86_400 + seconds) * 1_000).toISOString();
}

/** All that people may ask. */
async function answers(reader: AccessReader, [fromUs, toUs]: readonly [number, number]): Promise<unknown> {
  const window = { fromUs, toUs, nowMs: 0 };
  const outlines = async (query: string) => reader.outlines({ ...window, query, order: 'newest', limit: 7 });
  return {
    accesses: await reader.accesses({ secret: PASSWORD, fromUs, toUs }),
    tallies: await Promise.all(TALLIES.map((of) => reader.tally({ ...window, of, query: '', limit: 3, parts: 5 }))),
    identities: await reader.identities('sam', 5),
    near: await reader.nearIdentities('sma', 5),
    firsts: await reader.firstTimes('person:sam'),
    own: await outlines('whosaw.actor.id: "person:sam" and event.outcome: success'),
    others: await outlines('not whosaw.actor.id: "person:sam"'),
  };
}

type Step = { readonly what: 'commit' } | { readonly what: 'index' | 'seal' | 'delete'; readonly day: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ what: 'commit' }) },
    { weight: 5, arbitrary: fc.constantFrom(...DAYS).map((day): Step => ({ what: 'index', day })) },
    { weight: 1, arbitrary: fc.constantFrom(...DAYS).map((day): Step => ({ what: 'seal', day })) },
    { weight: 1, arbitrary: fc.constantFrom(...DAYS).map((day): Step => ({ what: 'delete', day })) },
  ),
  { minLength: 3, maxLength: 9 },
);

async function run(
  store: DuckdbStore,
  all: readonly Step[],
  events: readonly Given[],
  isIndexing: boolean,
): Promise<void> {
  const commits = all.filter(({ what }) => what === 'commit').length;
  let done = 0;
  for (const step of all) {
    switch (step.what) {
      case 'commit': {
        const some = events.filter((_, index) => index % commits === done);
        done += 1;
        await store.commit(batch({ observations: some.map(observation) }));
        break;
      }
      case 'index':
        if (isIndexing) await store.indexDay(step.day);
        break;
      case 'seal':
        await store.sealDay(step.day);
        break;
      case 'delete':
        await store.deleteDay({ day: step.day, atMs: 1, setting: '1d' });
    }
  }
}

const bound = fc.oneof(
  fc.integer({ min: -1, max: 5 }).map((day) => (FIRST_DAY + day) * DAY_US),
  time.map((seconds) => (FIRST_DAY * 86_400 + seconds) * 1_000_000),
);
const window = fc.tuple(bound, bound).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

describe('an index of a day', () => {
  it('changes no answer, whatever comes before it and behind it', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(given, { minLength: 5, maxLength: 60 }),
        steps,
        fc.array(window, { minLength: 3, maxLength: 3 }),
        async (drawn, all, windows) => {
          const under = [await duckdbAdapter.create(), await duckdbAdapter.create()] as const;
          try {
            const events = eventsOf(drawn);
            for (const [index, { store }] of under.entries()) await run(store, all, events, index === 1);
            for (const asked of windows) {
              expect(await answers(under[1].store, asked)).toStrictEqual(await answers(under[0].store, asked));
            }
          } finally {
            for (const { remove } of under) await remove();
          }
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  });

  it('is lost to what comes late, and to what tells of an access beyond its midnight', async () => {
    const { store, reopen } = await newStore(duckdbAdapter);
    const commit = (...events: readonly Given[]) => store.commit(batch({ observations: events.map(observation) }));
    await commit({ id: 'a', at: at(10) }, { id: 'b', at: at(86_399) });
    expect(await store.indexDay(FIRST_DAY)).toBe(true);
    expect(await store.indexDay(FIRST_DAY)).toBe(false);
    await commit({ id: 'next', at: at(86_400) });
    expect(await store.indexDay(FIRST_DAY)).toBe(false);
    await commit({ id: 'late', at: at(20) });
    expect(await store.indexDay(FIRST_DAY)).toBe(true);
    await commit({ id: 'copy of b', access: 'b', at: at(86_401) });
    const reopened = await reopen();
    expect(await reopened.indexDay(FIRST_DAY)).toBe(true);
    expect(await reopened.indexDay(FIRST_DAY)).toBe(false);
  });

  it('does not count where events come while it is built', async () => {
    const { store } = await newStore(duckdbAdapter);
    await store.commit(batch({ observations: [observation({ id: 'a', at: at(10) })] }));
    const building = store.indexDay(FIRST_DAY);
    const committed = store.commit(batch({ observations: [observation({ id: 'late', at: at(20) })] }));
    await Promise.all([building, committed]);
    const [group] = await store.accesses({ secret: PASSWORD, fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
    expect(group?.count).toBe(2);
  });
});
