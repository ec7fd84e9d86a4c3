import { threshold, type Correlation } from '../../core/rule.ts';
import type { Check, Remark } from './finding.ts';

/** Correlations that can be read, but whose condition says nothing or is never met. */
export const CORRELATIONS: Check = {
  name: 'correlation',
  run: ({ parsed }) => parsed.correlations.flatMap((correlation) => [...remarksOn(correlation)]),
};

function* remarksOn(correlation: Correlation): Generator<Remark> {
  const { meta, type, condition, groupBy, field, rules, knownBy, timespanMs, historyMs } = correlation;
  const least = threshold(condition);
  const counts = type === 'event_count' || type === 'value_count';
  if (counts && condition.gte === 0)
    yield { meta, level: 'warning', message: '`gte: 0` is met by the first hit; write what is too many, at least 1' };
  const unique = groupBy.find((name) => UNIQUE.includes(name));
  if (counts && least > 1 && unique !== undefined)
    yield never(correlation, `each event has a \`${unique}\` of its own, so that no group ever counts ${least}`);
  if (type === 'value_count' && least > 1 && field !== undefined && groupBy.includes(field))
    yield never(correlation, `a group of \`group-by\` has one \`${field}\` only, so that ${least} are never counted`);
  if (type === 'first_seen' && knownBy.length > 0 && knownBy.every((key) => rules.includes(key)))
    yield never(correlation, 'what `known-by` asks for is what must not have been there before');
  if (type === 'first_seen' && historyMs !== undefined && historyMs < timespanMs)
    yield { meta, level: 'warning', message: '`history` is shorter than `timespan`: an alert outlives what it knows' };
}

/** No two events have the same. */
const UNIQUE: readonly string[] = ['event.id', 'event.original_hash', 'whosaw.access.id'];

function never({ meta }: Correlation, message: string): Remark {
  return { meta, level: 'error', message: `the correlation never fires: ${message}` };
}
