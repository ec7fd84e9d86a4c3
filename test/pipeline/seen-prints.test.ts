import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeenPrints } from '../../src/pipeline/seen-prints.ts';
import { hexWords, uuidWords } from '../../src/sources/aws/notes.ts';

it('tells what was seen before, and with what, as a map does', () => {
  const word = fc.integer({ min: 0, max: 2 });
  const id = fc.tuple(word, word, word, fc.integer({ min: 0, max: 40 }));
  const print = fc.constantFrom(0, 1, -1, 0x7fff_ffff);
  fc.assert(
    fc.property(fc.array(fc.tuple(id, print), { maxLength: 300 }), (seen) => {
      const prints = new SeenPrints();
      const known = new Map<string, number>();
      const ids = Uint32Array.from(seen.flatMap(([words]) => words));
      prints.touch(ids, 0, seen.length);
      for (const [number, [words, content]] of seen.entries()) {
        const before = known.get(words.join());
        // 31 bits of it count
        const now = content & 0x7fff_ffff;
        const expected = before === undefined ? 'new' : before === now ? 'known' : 'unsure';
        expect(prints.add(ids, number * 4, content)).toBe(expected);
        if (before === undefined) known.set(words.join(), now);
      }
    }),
  );
});

it.each([0, 100_000])('grows beyond the %d ids that were expected', (expected) => {
  const prints = new SeenPrints(expected);
  const ids = Uint32Array.from({ length: 4 * 120_000 }, (_, index) => Math.imul(index, 0x9e37_79b1) >>> (index % 3));
  for (const sight of ['new', 'known']) {
    for (let number = 0; number < 120_000; number++) expect(prints.add(ids, number * 4, number)).toBe(sight);
  }
});

it('has the same words for an id, however it is written', () => {
  expect(uuidWords('01234567-89ab-cdef-0123-456789abcdef')).toEqual(hexWords('0123456789abcdef0123456789abcdef'));
  expect(uuidWords('01234567-89AB-cdef-0123-456789abcdef')).toBeUndefined();
});
