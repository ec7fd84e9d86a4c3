import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Distinct, RunningWindow } from '../../src/detect/running-window.ts';

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
      const tally = new Distinct<string>();
      const window = new RunningWindow(tally, (values: readonly string[], index) => values[index] ?? '');
      let held: readonly string[] = first;
      for (const next of steps) {
        if ('insert' in next) {
          const at = Math.min(next.at, held.length);
          held = held.toSpliced(at, 0, next.insert);
          window.inserted(held, at);
        } else if ('drop' in next) {
          const count = Math.min(next.drop, held.length);
          window.dropping(held, count);
          held = held.slice(count);
        } else if (held.length > 0) {
          const start = next.from % held.length;
          const end = start + 1 + (next.to % (held.length - start));
          window.move(held, start, end);
          expect(tally.size).toBe(new Set(held.slice(start, end)).size);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

it('looks at each hit twice at most while the range moves on', () => {
  let looks = 0;
  const tally = new Distinct<string>();
  const window = new RunningWindow(tally, (_: undefined, index) => (looks++, String(index % 7)));
  for (let end = 1; end <= 10_000; end++) {
    window.move(undefined, Math.max(0, end - 1_000), end);
    expect(tally.size).toBe(Math.min(end, 7));
  }
  expect(looks).toBeLessThan(20_000);
});
