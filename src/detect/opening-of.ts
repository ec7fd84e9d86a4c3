import { threshold, type Correlation } from '../core/rule.ts';
import { eventCount } from './event-count.ts';
import { firstSeen, type FirstSeenOptions } from './first-seen.ts';
import type { Marks } from './marks.ts';
import { memoryless, type Opening } from './opening.ts';
import { temporal } from './temporal.ts';
import { temporalOrdered } from './temporal-ordered.ts';
import { valueAvg } from './value-avg.ts';
import { valueCount } from './value-count.ts';
import { valuePercentile } from './value-percentile.ts';
import { valueSum } from './value-sum.ts';

/** The long memory of a first_seen. */
export interface LongMemory {
  readonly own: Marks | undefined;
  readonly known: Marks | undefined;
  /** What a group, by its key, is known as. */
  readonly knownKey: (key: string) => string;
}

/** Makes what a group asks of its hits: one for each group, unless there is nothing to remember. */
export function openingsOf(rule: Correlation, { own, known, knownKey }: LongMemory): () => Opening {
  switch (rule.type) {
    case 'event_count':
      return shared(eventCount(rule));
    case 'value_count':
      return () => valueCount(rule);
    case 'temporal':
      return () => temporal(rule);
    case 'temporal_ordered':
      return () => temporalOrdered(rule);
    case 'value_sum':
      return () => valueSum(rule);
    case 'value_avg':
      return () => valueAvg(rule);
    case 'value_percentile':
      return () => valuePercentile(rule);
    case 'first_seen':
      return shared(own === undefined ? NEVER : firstSeen({ ...firstSeenOf(rule), own, known, knownKey }));
    case 'anomaly':
    case 'silence':
      // Their hits are counted in buckets.
      return shared(NEVER);
  }
}

function firstSeenOf({ condition, settleMs }: Correlation): Pick<FirstSeenOptions, 'least' | 'settleMs'> {
  return { least: threshold(condition), settleMs: settleMs ?? 0 };
}

const NEVER = memoryless(() => false);

function shared(opening: Opening): () => Opening {
  return () => opening;
}
