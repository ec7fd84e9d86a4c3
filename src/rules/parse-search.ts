import { EVENT_FIELDS, isEventField } from '../core/fields.ts';
import { checkFieldName } from './field-name.ts';
import { KEYWORD, readModifiers, type Meaning } from './modifiers.ts';
import { fold, literalOf } from './pattern.ts';
import type { Placeholders } from './placeholders.ts';
import type { Expression, Item, Place, Report, Test } from './syntax.ts';
import { readValue } from './value.ts';
import { listOf } from './yaml-read.ts';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml-tree.ts';

/**
 * A search identifier: a map (all of its lines), a list of maps (one of them) or keywords (one of them); a list may mix.
 * Undefined where it is none of these; then it said why.
 */
export function parseSearch(node: YamlNode, lists: Placeholders, report: Report): Expression | undefined {
  if (node.kind === 'map') return parseMap(node, lists, report);
  const items = listOf(node);
  if (items.length === 0) return refuse(node.place, 'an empty list: nothing would ever match', report);
  const terms = items.map((item) => {
    if (item.kind === 'map') return parseMap(item, lists, report);
    if (item.kind === 'scalar') return keywordItem([item], { meaning: KEYWORD, lists }, report);
    return refuse(item.place, 'a list in a list; a search is a map, or a list of maps and keywords', report);
  });
  return terms.every((term) => term !== undefined) ? { kind: 'any', terms } : undefined;
}

function parseMap(map: YamlMap, lists: Placeholders, report: Report): Expression | undefined {
  if (map.entries.size === 0) return refuse(map.place, 'an empty map: everything would match', report);
  const terms = Array.from(map.entries.values(), (entry) => parseItem(entry, lists, report));
  return terms.every((term) => term !== undefined) ? { kind: 'all', terms } : undefined;
}

interface Asked {
  readonly meaning: Meaning;
  readonly lists: Placeholders;
}

/** What can be asked of a text that stands anywhere. */
const OF_KEYWORDS: readonly Meaning['compare'][] = ['text', 'regex'];

/** `'|all': [...]` has no field either: each of its keywords must be there. */
function keywordItem(values: readonly YamlScalar[], { meaning, lists }: Asked, report: Report): Item | undefined {
  const empty = values.find(({ text }) => text === '');
  if (empty !== undefined) return refuse(empty.place, 'a keyword must be a text', report);
  const isPlaced = meaning.before || meaning.after || meaning.compare !== 'text';
  const placed = isPlaced ? meaning : { ...meaning, before: true, after: true };
  const tests = parseTests(values, { meaning: placed, lists }, report);
  const text = shorten(values.map(print).join(', '));
  return tests && { kind: 'item', field: undefined, tests, every: meaning.every, negated: meaning.negated, text };
}

function parseItem({ key, place, value }: YamlEntry, lists: Placeholders, report: Report): Item | undefined {
  const [field = '', ...names] = key.split('|');
  const read = readModifiers(names);
  if (!read.ok) return refuse(place, read.error, report);
  const meaning = read.value;
  const values = valuesOf(value, meaning, report);
  if (values === undefined) return undefined;
  if (field === '') {
    if (names.length > 0 && OF_KEYWORDS.includes(meaning.compare))
      return keywordItem(values, { meaning, lists }, report);
    return refuse(place, `\`${key}\` needs the name of a field before it`, report);
  }
  if (!checkFieldName(field, place, report)) return undefined;
  const tests = parseTests(values, { meaning, lists }, report);
  if (tests === undefined || !checkReferences(tests, values, report)) return undefined;
  warnOfValues(field, values, tests, report);
  const { every, negated } = meaning;
  return { kind: 'item', field, tests, every, negated, text: shorten(`${key}: ${values.map(print).join(', ')}`) };
}

function checkReferences(tests: readonly Test[], values: readonly YamlScalar[], report: Report): boolean {
  const wrong = tests.filter((test, index) => {
    const place = values[index]?.place;
    return test.kind === 'reference' && place !== undefined && !checkFieldName(test.field, place, report);
  });
  return wrong.length === 0;
}

function valuesOf(node: YamlNode, meaning: Meaning, report: Report): readonly YamlScalar[] | undefined {
  if (node.kind === 'map')
    return refuse(node.place, 'a map as a value; write the path with dots: `a.b: value`', report);
  const values: YamlScalar[] = [];
  for (const item of listOf(node)) {
    if (item.kind !== 'scalar')
      return refuse(item.place, 'a value must be a text, a number, true, false or null', report);
    if (item.value === null && node.kind === 'list')
      return refuse(item.place, 'null can not be one of several values', report);
    values.push(item);
  }
  if (values.length === 0) return refuse(node.place, 'an empty list: nothing would ever match', report);
  if (meaning.every && values.length === 1) return refuse(node.place, '`all` needs several values', report);
  return values;
}

function parseTests(
  values: readonly YamlScalar[],
  { meaning, lists }: Asked,
  report: Report,
): readonly Test[] | undefined {
  const tests = values.map((value) => {
    const test = readValue(value, meaning, lists);
    return test.ok ? test.value : refuse(value.place, test.error, report);
  });
  return tests.every((test) => test !== undefined) ? tests : undefined;
}

/** A value that a closed set of ours never holds is a slip of the pen. */
function warnOfValues(field: string, values: readonly YamlScalar[], tests: readonly Test[], report: Report): void {
  const known = isEventField(field) ? EVENT_FIELDS[field].values : undefined;
  if (known === undefined) return;
  for (const [index, test] of tests.entries()) {
    const literal = test.kind === 'text' ? literalOf(test.pattern) : undefined;
    const value = values[index];
    if (literal === undefined || value === undefined || known.includes(fold(literal))) continue;
    report(value.place, `\`${field}\` is never \`${literal}\`; it is one of ${known.join(', ')}`, 'warning');
  }
}

function print(value: YamlScalar): string {
  return value.value === null ? 'null' : value.text;
}

function shorten(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}...` : text;
}
const TEXT_LIMIT = 100;

function refuse(place: Place, message: string, report: Report): undefined {
  report(place, message);
}
