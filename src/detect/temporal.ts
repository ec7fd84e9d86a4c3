import type { Correlation } from '../core/rule.ts';
import { measured, tallied } from './measured.ts';
import type { Opening } from './opening.ts';
import { Distinct } from './running-window.ts';

/** Hits of so many different rules within the timespan, in any order. */
export function temporal({ condition }: Correlation): Opening {
  const rules = new Distinct<number>();
  const measure = tallied(
    rules,
    (hits, index) => hits.base(index),
    (bound) => rules.size - bound,
  );
  return measured(condition, measure);
}
