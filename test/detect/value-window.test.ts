import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ValueWindow } from '../../src/detect/value-window.ts';

type Step =
  | { readonly insert: string; readonly at: number }
  | { readonly drop: number }
  | { readonly from: number; readonly to: number };

const value = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '');
const position = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ insert: value, at: position }),
  fc.record({ drop: fc.nat({ max: 5 }) }),
  fc.record({ from: position, to: position }),
);

it('counts what a walk over the range counts, whatever comes in, goes and was asked before', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 30 }), fc.array(step, { maxLength: 60 }), (first, steps) => {
      const window = new ValueWindow();
      let held: readonly string[] = first;
      const values = { value: (index: number) => held[index] ?? '' };
      for (const next of steps) {
        if ('insert' in next) {
          const at = Math.min(next.at, held.length);
          held = held.toSpliced(at, 0, next.insert);
          window.inserted(at, next.insert);
        } else if ('drop' in next) {
          const count = Math.min(next.drop, held.length);
          window.dropping(values, count);
          held = held.slice(count);
        } else if (held.length > 0) {
          const start = next.from % held.length;
          const end = start + 1 + (next.to % (held.length - start));
          expect(window.distinct(values, start, end)).toBe(new Set(held.slice(start, end)).size);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

it('looks at each hit twice at most while the range moves on', () => {
  let looks = 0;
  const values = { value: (index: number) => (looks++, String(index % 7)) };
  const window = new ValueWindow();
  for (let end = 1; end <= 10_000; end++) {
    expect(window.distinct(values, Math.max(0, end - 1_000), end)).toBe(Math.min(end, 7));
  }
  expect(looks).toBeLessThan(20_000);
});
