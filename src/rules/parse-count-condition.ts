import { isBucketed, isOfNumbers, isOfValues, type Correlation, type CorrelationType, type CountCondition } from '../core/rule.ts';
import type { Mutable } from '../lib/mutable.ts';
import { checkFieldName } from './field-name.ts';
import type { Report } from './syntax.ts';
import { didYouMean, mapAt, textsAt } from './yaml-read.ts';
import type { YamlEntry, YamlMap } from './yaml-tree.ts';

export type Counted = Pick<Correlation, 'condition' | 'field' | 'moreFields' | 'percentile'>;

export interface CountedBy {
  readonly type: CorrelationType;
  /** How many of them there are. */
  readonly rules: number;
  readonly knownBy: number;
}

const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const satisfies readonly (keyof CountCondition)[];
/** More hits of known-by never make a stranger of an acquaintance; of an anomaly or a silence the least is asked. */
const LEAST_OPERATORS = ['gt', 'gte'] as const;
const TEMPORAL: readonly CorrelationType[] = ['temporal', 'temporal_ordered'];

/**
 * `condition` of a correlation. Without one, temporal ones ask for all rules, and first_seen for one hit of `known-by`,
 * which is what it counts.
 */
export function parseCountCondition(map: YamlMap, by: CountedBy, report: Report): Counted {
  const { type } = by;
  const entry = map.entries.get('condition');
  const condition = mapAt(map, 'condition', report);
  if (condition === undefined) {
    if (entry === undefined && type !== 'first_seen' && !TEMPORAL.includes(type))
      report(map.place, `a correlation of type \`${type}\` needs a \`condition\``);
    return { condition: withoutCondition(by) };
  }
  if (type === 'first_seen' && by.knownBy === 0) {
    report(entry?.place ?? map.place, 'the condition of `first_seen` counts hits of `known-by`, which is missing');
  }
  const bounds = parseBounds(condition, type, report);
  if (TEMPORAL.includes(type)) warnOfTooMany(condition, bounds, by, report);
  return { condition: bounds, ...fieldsOf(condition, type, report), ...percentileOf(condition, type, report) };
}

function withoutCondition({ type, rules, knownBy }: CountedBy): CountCondition {
  if (TEMPORAL.includes(type)) return { gte: rules };
  return knownBy > 0 ? { gte: 1 } : {};
}

function parseBounds(condition: YamlMap, type: CorrelationType, report: Report): CountCondition {
  const operators = type === 'first_seen' || isBucketed(type) ? LEAST_OPERATORS : OPERATORS;
  const others = [...(isOverField(type) || type === 'anomaly' ? ['field'] : []), ...(type === 'value_percentile' ? ['percentile'] : [])];
  const bounds: Mutable<CountCondition> = {};
  let named = 0;
  for (const entry of condition.entries.values()) {
    const operator = operators.find((known) => known === entry.key);
    if (operator !== undefined) {
      named += 1;
      const bound = boundOf(entry, type, report);
      if (bound !== undefined) bounds[operator] = bound;
    } else if (!others.includes(entry.key)) {
      const meant = didYouMean(entry.key, [...operators, ...others]);
      report(entry.place, `unknown key \`${entry.key}\` in the condition of \`${type}\`${meant}`);
    }
  }
  if (named === 0) report(condition.place, `a condition needs one of ${operators.join(', ')}`);
  return bounds;
}

function boundOf({ key, value }: YamlEntry, type: CorrelationType, report: Report): number | undefined {
  const number = value.kind === 'scalar' ? value.value : undefined;
  const isNumber = typeof number === 'number' && Number.isFinite(number);
  if (isNumber && (isOfNumbers(type) || (Number.isSafeInteger(number) && number >= 0))) return number;
  report(value.place, `\`${key}\` takes a ${isOfNumbers(type) ? '' : 'whole '}number`);
  return undefined;
}

function warnOfTooMany(
  condition: YamlMap,
  { gt = -1, gte = 0, eq = 0 }: CountCondition,
  { rules }: CountedBy,
  report: Report,
): void {
  if (Math.max(gt + 1, gte, eq) > rules)
    report(condition.place, `only ${rules} rules are named: the condition never holds`, 'warning');
}

/** It needs a field. */
function isOverField(type: CorrelationType): boolean {
  return type === 'value_count' || isOfNumbers(type);
}

function fieldsOf(condition: YamlMap, type: CorrelationType, report: Report): Pick<Counted, 'field' | 'moreFields'> {
  if (!isOverField(type) && type !== 'anomaly') return {};
  const [first, ...more] = textsAt(condition, 'field', report);
  if (first === undefined) {
    if (!condition.entries.has('field') && isOverField(type)) report(condition.place, `\`${type}\` needs the \`field\` whose values count`);
    return {};
  }
  for (const { text, place } of [first, ...more]) checkFieldName(text, place, report);
  const [another] = more;
  if (another === undefined) return { field: first.text };
  if (!isOfValues(type)) report(another.place, `\`${type}\` takes one field`);
  return { field: first.text, moreFields: more.map(({ text }) => text) };
}

const MEDIAN = 50;

function percentileOf(condition: YamlMap, type: CorrelationType, report: Report): Pick<Counted, 'percentile'> {
  if (type !== 'value_percentile') return {};
  const value = condition.entries.get('percentile')?.value;
  if (value === undefined) return { percentile: MEDIAN };
  const number = value.kind === 'scalar' ? value.value : undefined;
  if (typeof number === 'number' && number >= 0 && number <= 100) return { percentile: number };
  report(value.place, '`percentile` takes a number from 0 to 100');
  return {};
}
