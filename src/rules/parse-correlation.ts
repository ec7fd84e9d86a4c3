import type { Correlation, CountCondition } from '../core/rule.ts';
import { parseDuration } from '../lib/duration.ts';
import { checkFieldName } from './field-name.ts';
import type { Place, Report } from './syntax.ts';
import { checkKeys, didYouMean, mapAt, textAt, textsAt } from './yaml-read.ts';
import type { YamlEntry, YamlMap, YamlScalar } from './yaml-tree.ts';

/** A correlation whose references are still names or ids. */
export interface ParsedCorrelation extends Omit<Correlation, 'meta' | 'rules' | 'knownBy' | 'absentIsValue'> {
  readonly rules: readonly Reference[];
  readonly knownBy: readonly Reference[];
}

export interface Reference {
  readonly text: string;
  readonly place: Place;
}

const TYPES = ['event_count', 'value_count', 'first_seen'] as const;
type Type = (typeof TYPES)[number];

/** Sigma has them; this reader does not yet. */
const TYPES_NOT_SUPPORTED = [
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
  'anomaly',
  'silence',
];
const KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'generate', 'aliases'];
const FIRST_SEEN_KEYS = ['known-by', 'history', 'settle'];

/** `correlation` of a rule; undefined where it can't be read: then it said why. */
export function parseCorrelation(document: YamlMap, report: Report): ParsedCorrelation | undefined {
  const map = mapAt(document, 'correlation', report);
  if (map === undefined) return undefined;
  let broken = false;
  const told: Report = (place, message, severity) => {
    if (severity !== 'warning') broken = true;
    report(place, message, severity);
  };
  const type = parseType(map, told);
  if (type === undefined) return undefined;
  refuseUnsupported(map, type, told);
  const knownBy = type === 'first_seen' ? referencesAt(map, 'known-by', told) : [];
  const historyMs = type === 'first_seen' ? parseSpan(map, 'history', told) : undefined;
  const settleMs = map.entries.has('settle') ? parseSpan(map, 'settle', told) : undefined;
  const timespanMs = parseSpan(map, 'timespan', told);
  const condition = parseCondition(map, { type, knownBy }, told);
  const rules = referencesAt(map, 'rules', told);
  if (rules.length === 0) told(map.entries.get('rules')?.place ?? map.place, 'a correlation needs `rules`');
  const groupBy = textsAt(map, 'group-by', told).map((scalar) => fieldName(scalar, told));
  if (broken || timespanMs === undefined) return undefined;
  return {
    type,
    rules,
    knownBy,
    groupBy,
    timespanMs,
    ...(historyMs === undefined ? {} : { historyMs }),
    ...(settleMs === undefined ? {} : { settleMs }),
    ...condition,
  };
}

function parseType(map: YamlMap, report: Report): Type | undefined {
  const text = textAt(map, 'type', report);
  const place = map.entries.get('type')?.value.place ?? map.place;
  const type = TYPES.find((known) => known === text);
  if (type === undefined && text !== undefined && TYPES_NOT_SUPPORTED.includes(text)) {
    report(place, `not supported: correlations of type \`${text}\``);
  } else if (type === undefined) {
    report(place, `a correlation needs a \`type\`, one of ${TYPES.join(', ')}${didYouMean(text ?? '', TYPES)}`);
  }
  return type;
}

function refuseUnsupported(map: YamlMap, type: Type, report: Report): void {
  const known = type === 'first_seen' ? [...KEYS, ...FIRST_SEEN_KEYS] : KEYS;
  checkKeys(map, known, { report, what: `a correlation of type \`${type}\``, severity: 'error' });
  const aliases = map.entries.get('aliases');
  if (aliases !== undefined) report(aliases.place, 'not supported: `aliases`');
  refuseGenerate(map, report);
}

/** Sigma writes it beside `correlation` or within. */
export function refuseGenerate(map: YamlMap, report: Report): void {
  const generate = map.entries.get('generate');
  if (generate === undefined) return;
  const { value } = generate;
  if (value.kind === 'scalar' && value.value === false) return;
  report(generate.place, 'not supported: `generate`; the rules that a correlation names raise no alerts of their own');
}

function referencesAt(map: YamlMap, key: string, report: Report): readonly Reference[] {
  const references = textsAt(map, key, report).map(({ text, place }) => ({ text, place }));
  return references.filter(({ text, place }, index) => {
    const first = references.findIndex((other) => other.text === text) === index;
    if (!first) report(place, `\`${text}\` is there twice; it counts once`, 'warning');
    return first;
  });
}

/** Ten years: above what any history holds. */
const SPAN_LIMIT_MS = 3_650 * 86_400_000;

function parseSpan(map: YamlMap, key: 'timespan' | 'history' | 'settle', report: Report): number | undefined {
  const text = textAt(map, key, report);
  if (text === undefined) {
    if (!map.entries.has(key)) report(map.place, `a correlation needs \`${key}\`, as 30s, 10m, 1h or 30d`);
    return undefined;
  }
  const span = /^\d+[smhdw]$/.test(text) ? parseDuration(text) : undefined;
  if (span !== undefined && span > 0 && span <= SPAN_LIMIT_MS) return span;
  report(
    map.entries.get(key)?.value.place ?? map.place,
    `\`${key}\` must be a number and a unit, as 30s, 10m, 1h or 30d`,
  );
  return undefined;
}

interface Counted {
  readonly condition: CountCondition;
  readonly field?: string;
}

interface CountedBy {
  readonly type: Type;
  readonly knownBy: readonly Reference[];
}

/** first_seen counts hits of `known-by`: one, unless the condition asks for more. */
function parseCondition(map: YamlMap, { type, knownBy }: CountedBy, report: Report): Counted {
  const entry = map.entries.get('condition');
  const condition = mapAt(map, 'condition', report);
  const isFirstSeen = type === 'first_seen';
  if (condition === undefined) {
    if (entry === undefined && !isFirstSeen)
      report(map.place, `a correlation of type \`${type}\` needs a \`condition\``);
    return { condition: knownBy.length > 0 ? { gte: 1 } : {} };
  }
  if (isFirstSeen && knownBy.length === 0) {
    report(entry?.place ?? map.place, 'the condition of `first_seen` counts hits of `known-by`, which is missing');
  }
  const bounds = parseBounds(condition, type, report);
  return type === 'value_count' ? { condition: bounds, ...countedField(condition, report) } : { condition: bounds };
}

const LATER_OPERATORS = ['lt', 'lte', 'eq', 'neq'];

function parseBounds(condition: YamlMap, type: Type, report: Report): CountCondition {
  const bounds: { gt?: number; gte?: number } = {};
  for (const entry of condition.entries.values()) {
    const { key, place } = entry;
    if (key === 'gt' || key === 'gte') {
      const bound = wholeNumber(entry, report);
      if (bound !== undefined) bounds[key] = bound;
    } else if (LATER_OPERATORS.includes(key)) {
      report(
        place,
        `not supported: \`${key}\` in a condition, which holds only once the window has closed; use gt or gte`,
      );
    } else if (key !== 'field' || type !== 'value_count') {
      report(place, `unknown key \`${key}\` in the condition of \`${type}\`; use gt or gte`);
    }
  }
  const named = Array.from(condition.entries.keys()).filter((key) => key !== 'field');
  if (named.length === 0) report(condition.place, 'a condition needs `gt` or `gte`');
  return bounds;
}

function wholeNumber({ key, value }: YamlEntry, report: Report): number | undefined {
  const number = value.kind === 'scalar' ? value.value : undefined;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  report(value.place, `\`${key}\` takes a whole number`);
  return undefined;
}

function countedField(condition: YamlMap, report: Report): { readonly field?: string } {
  const fields = textsAt(condition, 'field', report);
  const [field, another] = fields;
  if (another !== undefined) report(another.place, 'not supported: counting several fields together');
  if (field === undefined) report(condition.place, '`value_count` needs the `field` whose values are counted');
  return field === undefined ? {} : { field: fieldName(field, report) };
}

function fieldName({ text, place }: YamlScalar, report: Report): string {
  checkFieldName(text, place, report);
  return text;
}
