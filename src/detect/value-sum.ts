import type { Correlation } from '../core/rule.ts';
import { measured, tallied } from './measured.ts';
import type { Opening } from './opening.ts';
import { ExactSum, signOf, toUnits } from './units.ts';

/** The numbers of a field within the timespan, summed up. */
export function valueSum({ condition }: Correlation): Opening {
  const sum = new ExactSum();
  const measure = tallied(
    sum,
    (hits, index) => hits.amount(index),
    (bound) => signOf(sum.units - toUnits(bound)),
  );
  return measured(condition, measure);
}
