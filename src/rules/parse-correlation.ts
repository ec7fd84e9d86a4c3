import { CORRELATION_TYPES, isBucketed, threshold, type Correlation, type CorrelationType } from '../core/rule.ts';
import { parseDuration, printDuration } from '../lib/duration.ts';
import { checkFieldName } from './field-name.ts';
import { parseCountCondition } from './parse-count-condition.ts';
import type { Place, Report } from './syntax.ts';
import { booleanAt, checkKeys, didYouMean, mapAt, textAt, textsAt } from './yaml-read.ts';
import type { YamlMap } from './yaml-tree.ts';

type Resolved = 'meta' | 'rules' | 'knownBy' | 'absentIsValue' | 'chained' | 'isSilent' | 'groupFields';

/** A correlation whose references are still names or ids. */
export interface ParsedCorrelation extends Omit<Correlation, Resolved> {
  readonly rules: readonly Reference[];
  readonly knownBy: readonly Reference[];
  readonly aliases: readonly Alias[];
  /** The rules that it names raise alerts of their own as well. */
  readonly generate: boolean;
}

export interface Reference {
  readonly text: string;
  readonly place: Place;
}

/** In events of this rule, `name` of group-by means that field. */
export interface Alias {
  readonly name: string;
  readonly rule: Reference;
  readonly field: string;
}

/** Of every correlation. */
export const CORRELATION_KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'generate', 'aliases'];
/** What extensions take besides. */
export const EXTENSION_KEYS: Partial<Record<CorrelationType, readonly string[]>> = {
  first_seen: ['known-by', 'known-as', 'history', 'settle'],
  anomaly: ['history', 'settle', 'factor'],
  silence: ['history'],
};

/** Memory has room for so many to tell apart; the order of many would take long to follow. */
const RULES_LIMIT = 256;
const ORDERED_LIMIT = 32;

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
  const more = EXTENSION_KEYS[type] ?? [];
  checkKeys(map, [...CORRELATION_KEYS, ...more], { report: told, what: `a correlation of type \`${type}\``, severity: 'error' });
  const knownBy = type === 'first_seen' ? referencesAt(map, 'known-by', told) : [];
  const historyMs = more.includes('history') ? parseSpan(map, 'history', told) : undefined;
  const settleMs = more.includes('settle') && map.entries.has('settle') ? parseSpan(map, 'settle', told) : undefined;
  const factor = more.includes('factor') ? parseFactor(map, told) : undefined;
  const timespanMs = parseSpan(map, 'timespan', told);
  const rules = referencesAt(map, 'rules', told);
  checkRules(map, type, [...rules, ...knownBy], told);
  const counted = parseCountCondition(map, { type, rules: rules.length, knownBy: knownBy.length }, told);
  const aliases = parseAliases(map, told);
  const groupBy = parseGroupBy(map, aliases, told);
  const knownAs = more.includes('known-as') ? parseKnownAs(map, { groupBy, isKnown: knownBy.length > 0 }, told) : undefined;
  // Sigma writes it within `correlation` or beside it.
  const generate = [booleanAt(map, 'generate', told), booleanAt(document, 'generate', told)].includes(true);
  const spans = {
    ...(historyMs === undefined ? {} : { historyMs }),
    ...(settleMs === undefined ? {} : { settleMs }),
    ...(factor === undefined ? {} : { factor }),
    ...(knownAs === undefined ? {} : { knownAs }),
  };
  if (timespanMs !== undefined && isBucketed(type)) checkBuckets(map, { type, timespanMs, ...spans, ...counted }, told);
  if (broken || timespanMs === undefined) return undefined;
  return { type, rules, knownBy, groupBy, timespanMs, aliases, generate, ...spans, ...counted };
}

function parseType(map: YamlMap, report: Report): CorrelationType | undefined {
  const text = textAt(map, 'type', report);
  const place = map.entries.get('type')?.value.place ?? map.place;
  const type = CORRELATION_TYPES.find((known) => known === text);
  if (type === undefined) {
    const meant = didYouMean(text ?? '', CORRELATION_TYPES);
    report(place, `a correlation needs a \`type\`, one of ${CORRELATION_TYPES.join(', ')}${meant}`);
  }
  return type;
}

function checkRules(map: YamlMap, type: CorrelationType, rules: readonly Reference[], report: Report): void {
  const place = map.entries.get('rules')?.place ?? map.place;
  const limit = type === 'temporal_ordered' ? ORDERED_LIMIT : RULES_LIMIT;
  if (!map.entries.has('rules') || rules.length === 0) report(place, 'a correlation needs `rules`');
  if (rules.length > limit) report(place, `a correlation of type \`${type}\` names ${limit} rules at most`);
}

function referencesAt(map: YamlMap, key: string, report: Report): readonly Reference[] {
  const references = textsAt(map, key, report).map(({ text, place }) => ({ text, place }));
  const first = new Set<string>();
  return references.filter(({ text, place }) => {
    const isNew = !first.has(text);
    first.add(text);
    if (!isNew) report(place, `\`${text}\` is there twice; it counts once`, 'warning');
    return isNew;
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

function parseKnownAs(
  map: YamlMap,
  { groupBy, isKnown }: { readonly groupBy: readonly string[]; readonly isKnown: boolean },
  report: Report,
): readonly string[] | undefined {
  const entry = map.entries.get('known-as');
  if (entry === undefined) return undefined;
  const names = textsAt(map, 'known-as', report);
  if (!isKnown) report(entry.place, '`known-as` says what `known-by` is counted by, which is missing');
  if (names.length === 0) report(entry.place, '`known-as` names fields of `group-by`');
  for (const { text, place } of names) {
    if (groupBy.includes(text)) continue;
    report(place, `\`known-as\` names fields of \`group-by\`; \`${text}\` is none${didYouMean(text, groupBy)}`);
  }
  return names.map(({ text }) => text);
}

function parseFactor(map: YamlMap, report: Report): number | undefined {
  const value = map.entries.get('factor')?.value;
  if (value === undefined) return undefined;
  const number = value.kind === 'scalar' ? value.value : undefined;
  if (typeof number === 'number' && number > 1 && number <= FACTOR_LIMIT) return number;
  report(value.place, '`factor` takes a number above 1: so many times what is usual');
  return undefined;
}
const FACTOR_LIMIT = 1_000_000;

type Bucketed = Pick<Correlation, 'type' | 'timespanMs' | 'historyMs' | 'settleMs' | 'condition'>;

/** A history is some buckets long, and they are all looked at. */
function checkBuckets(map: YamlMap, rule: Bucketed, report: Report): void {
  const { timespanMs, historyMs, settleMs, condition } = rule;
  if (historyMs === undefined) return;
  const place = map.entries.get('history')?.value.place ?? map.place;
  const buckets = historyMs / timespanMs;
  const spans = `${printDuration(historyMs)} is ${Math.floor(buckets)} times ${printDuration(timespanMs)}`;
  if (buckets < 2 || buckets > BUCKETS_LIMIT)
    report(place, `\`history\` must be from 2 to ${BUCKETS_LIMIT} times \`timespan\`: ${spans}`);
  if (settleMs !== undefined && settleMs > historyMs)
    report(map.entries.get('settle')?.value.place ?? map.place, '`settle` must not be longer than `history`');
  if (rule.type === 'silence' && threshold(condition) > buckets)
    report(map.entries.get('condition')?.place ?? map.place, `the condition never holds: ${spans}`);
}
const BUCKETS_LIMIT = 5_000;

/** `aliases: { name: { rule: field } }` */
function parseAliases(map: YamlMap, report: Report): readonly Alias[] {
  const aliases = mapAt(map, 'aliases', report);
  return Array.from(aliases?.entries.values() ?? []).flatMap(({ key: name, value }) => {
    if (value.kind !== 'map') {
      report(value.place, 'an alias is a map of rules to their fields: `name: { rule: field }`');
      return [];
    }
    return Array.from(value.entries.values()).flatMap((entry): readonly Alias[] => {
      const field = textAt(value, entry.key, report);
      if (field === undefined || !checkFieldName(field, entry.value.place, report)) return [];
      return [{ name, rule: { text: entry.key, place: entry.place }, field }];
    });
  });
}

function parseGroupBy(map: YamlMap, aliases: readonly Alias[], report: Report): readonly string[] {
  const names = textsAt(map, 'group-by', report);
  for (const { text, place } of names) {
    if (!aliases.some(({ name }) => name === text)) checkFieldName(text, place, report);
  }
  for (const { name, rule } of aliases) {
    if (!names.some(({ text }) => text === name)) {
      report(rule.place, `the alias \`${name}\` is not in \`group-by\`: it does nothing`, 'warning');
    }
  }
  return names.map(({ text }) => text);
}
