import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextFinder } from '../../src/lib/text-finder.ts';

const find = (texts: readonly string[], text: string): readonly number[] => new TextFinder(texts).find(text).toSorted();

it.each([
  [[], 'a', []],
  [['a'], '', []],
  [['he', 'she', 'his', 'hers'], 'ushers', [0, 1, 3]],
  [['aa', 'aaa', 'a'], 'aaaa', [0, 1, 2]],
  [['ab', 'ab'], 'xabx', [0, 1]],
  [['\ud83d\ude00'], 'a\ud83d\ude00', [0]],
  [['bc', 'abd'], 'abc', [0]],
])('finds of %j in %j: %j', (texts, text, found) => {
  expect(find(texts, text)).toEqual(found);
});

it('finds what a naive search finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 })),
      text,
      (parts, whole) => {
        const naive = parts.flatMap((part, index) => (whole.includes(part) ? [index] : []));
        expect(find(parts, whole)).toEqual(naive.toSorted());
      },
    ),
    { numRuns: 1_000 },
  );
});
