import { describe, expect, it } from 'vitest';
import { id128 } from '../../../src/lib/hash.ts';
import { idWords } from '../../../src/stores/duckdb/id-set.ts';
import { ABSENT, ASK, KnownIds, OTHER, SAME, look, mayAsk } from '../../../src/stores/duckdb/known-ids.ts';
import { REACH_MINUTES } from '../../../src/stores/reach.ts';

const A = idWords([id128('a')]);
const FACTS = 77;
const minutes = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

function knownIds(limit = 1_000): KnownIds {
  const known = new KnownIds(limit);
  known.load(minutes(0, 40), idWords([]), []);
  return known;
}

describe('an id', () => {
  it.each([
    ['the same minute', 20, SAME],
    ['the last minute within reach', 20 + REACH_MINUTES, SAME],
    ['the first minute within reach', 20 - REACH_MINUTES, SAME],
    ['a minute out of reach', 21 + REACH_MINUTES, ABSENT],
    ['a minute with missing ones in reach', 39, ASK],
  ])('is looked for from %s', (_, minute, expected) => {
    const known = knownIds();
    known.remember(known.around(20), A, 0, FACTS);
    expect(look(known.around(minute), A, 0, FACTS)).toBe(expected);
  });

  it('with other facts is told apart, also beside one with the same', () => {
    const known = knownIds();
    known.remember(known.around(18), A, 0, FACTS + 1);
    expect(look(known.around(20), A, 0, FACTS)).toBe(OTHER);
    known.remember(known.around(22), A, 0, FACTS);
    expect(look(known.around(20), A, 0, FACTS)).toBe(OTHER | SAME);
  });

  it('that was loaded without its facts has to be asked for', () => {
    const known = new KnownIds(1_000);
    known.load(minutes(0, 40), A, [20]);
    expect(look(known.around(20), A, 0, FACTS)).toBe(ASK);
    expect(look(known.around(20), idWords([id128('b')]), 0, FACTS)).toBe(ABSENT);
    expect([20, 25, 26].map((minute) => mayAsk(known.around(minute)))).toStrictEqual([true, true, false]);
  });

  it('of a minute that is not here is not remembered', () => {
    const known = knownIds();
    expect(known.remember(known.around(41), A, 0, FACTS)).toBe(false);
    expect(look(known.around(41), A, 0, FACTS)).toBe(ASK);
    expect(mayAsk(known.around(41))).toBe(true);
  });
});

describe('the bound', () => {
  const fill = (known: KnownIds, minute: number, count: number): void => {
    const ids = idWords(Array.from({ length: count }, (_, number) => id128(`${minute}/${number}`)));
    for (let index = 0; index < count; index++) known.remember(known.around(minute), ids, index, FACTS);
  };

  it('is kept by letting go of the minutes longest unused', () => {
    const known = knownIds(30);
    for (const minute of [1, 2, 3]) fill(known, minute, 10);
    known.use([1, 2]);
    known.trim(5);
    expect(known.use([3])).toStrictEqual([3]);
    expect(known.use([1, 2])).toStrictEqual([]);
  });

  it('leaves everything in place while it is not reached', () => {
    const known = knownIds(30);
    fill(known, 1, 10);
    known.trim(20);
    expect(known.use(minutes(0, 40))).toStrictEqual([]);
    known.trim(21);
    expect(known.use(minutes(0, 40)).length).toBeGreaterThan(0);
  });
});
