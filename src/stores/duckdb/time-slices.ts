import type { SearchQuestion } from '../../core/access-reader.ts';
import { DAY_US } from '../../lib/time.ts';
import type { TimeRange } from './indexed-events.ts';

const GROWTH = 3;

/**
 * The window in parts, in the order of the question: a day, three, nine. What is asked for is mostly found in the first, and
 * what is nowhere costs a look at each.
 */
export function* timeSlices({
  fromUs,
  toUs,
  order,
}: Pick<SearchQuestion, 'fromUs' | 'toUs' | 'order'>): Generator<TimeRange, void, undefined> {
  let [low, high] = [fromUs, toUs];
  for (let lengthUs = DAY_US; low <= high; lengthUs *= GROWTH) {
    if (order === 'newest') {
      const from = Math.max(low, high - lengthUs + 1);
      yield [from, high];
      high = from - 1;
    } else {
      const to = Math.min(high, low + lengthUs - 1);
      yield [low, to];
      low = to + 1;
    }
  }
}
