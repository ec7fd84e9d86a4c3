import type { Correlation } from '../core/rule.ts';
import { measured, tallied } from './measured.ts';
import type { Opening } from './opening.ts';
import { Distinct } from './running-window.ts';

/** So many different values within the timespan. */
export function valueCount({ condition }: Correlation): Opening {
  const values = new Distinct<string>();
  const measure = tallied(
    values,
    (hits, index) => hits.value(index),
    (bound) => values.size - bound,
  );
  return measured(condition, measure);
}
