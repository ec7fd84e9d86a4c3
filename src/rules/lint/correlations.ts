import { holds, isOfNumbers, threshold, type Correlation, type CountCondition } from '../../core/rule.ts';
import type { Check, Remark } from './finding.ts';

/** Correlations that can be read, but whose condition says nothing or is never met. */
export const CORRELATIONS: Check = {
  name: 'correlation',
  run: ({ parsed }) => parsed.correlations.flatMap((correlation) => [...remarksOn(correlation)]),
};

function* remarksOn(correlation: Correlation): Generator<Remark> {
  const { meta, type, condition, groupBy, field, moreFields, rules, knownBy, knownAs, timespanMs, historyMs } = correlation;
  const least = threshold(condition);
  const counts = type !== 'first_seen' && !isOfNumbers(type);
  if (counts && condition.gte === 0)
    yield { meta, level: 'warning', message: '`gte: 0` is met by the first hit; write what is too many, at least 1' };
  if (type !== 'first_seen' && !canHold(condition, counts))
    yield never(correlation, counts ? 'no number of hits from 1 on meets its condition' : 'its bounds leave no number');
  const unique = groupBy.find((name) => UNIQUE.includes(name));
  if (counts && least > 1 && unique !== undefined)
    yield never(correlation, `each event has a \`${unique}\` of its own, so that no group ever counts ${least}`);
  if (type === 'value_count' && least > 1 && moreFields === undefined && field !== undefined && groupBy.includes(field))
    yield never(correlation, `a group of \`group-by\` has one \`${field}\` only, so that ${least} are never counted`);
  if ((type === 'temporal' || type === 'temporal_ordered') && rules.length === 1)
    yield { meta, level: 'warning', message: `\`${type}\` over one rule is met by each hit; name the others` };
  if (type === 'first_seen' && knownBy.length > 0 && knownAs === undefined && knownBy.every((key) => rules.includes(key)))
    yield never(correlation, 'what `known-by` asks for is what must not have been there before');
  if (type === 'first_seen' && historyMs !== undefined && historyMs < timespanMs)
    yield { meta, level: 'warning', message: '`history` is shorter than `timespan`: an alert outlives what it knows' };
}

/** No two events have the same. */
const UNIQUE: readonly string[] = ['event.id', 'event.original_hash', 'whosaw.access.id'];

/** A number on, between or beyond the bounds meets all of them; counts are whole and begin at 1. */
function canHold(condition: CountCondition, counts: boolean): boolean {
  const { gt, gte, lt, lte, eq, neq } = condition;
  const bounds = [gt, gte, lt, lte, eq, neq].filter((bound) => bound !== undefined).toSorted((a, b) => a - b);
  const between = bounds.map((bound, index) => (bound + (bounds[index + 1] ?? bound + 2)) / 2);
  const numbers = counts
    ? [1, ...bounds.flatMap((bound) => [bound - 1, bound, bound + 1])].filter((number) => number >= 1)
    : [0, ...bounds, ...between, (bounds[0] ?? 0) - 1];
  return numbers.some((number) => holds(condition, (bound) => number - bound));
}

function never({ meta }: Correlation, message: string): Remark {
  return { meta, level: 'error', message: `the correlation never fires: ${message}` };
}
