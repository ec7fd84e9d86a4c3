import type { Place, Report } from './syntax.ts';
import { nearest } from '../lib/nearest.ts';
import type { YamlList, YamlMap, YamlNode, YamlScalar } from './yaml-tree.ts';

// What an entry of a rule must be: anything else is reported at its place, and counts as absent.

/** A text; numbers and booleans are taken as they were written. */
export function textAt(map: YamlMap, key: string, report: Report): string | undefined {
  const entry = map.entries.get(key);
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (isText(value)) return value.text;
  report(value.place, `\`${key}\` must be a text`);
  return undefined;
}

export function booleanAt(map: YamlMap, key: string, report: Report): boolean | undefined {
  const value = map.entries.get(key)?.value;
  if (value === undefined) return undefined;
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
  report(value.place, `\`${key}\` must be true or false`);
  return undefined;
}

export function mapAt(map: YamlMap, key: string, report: Report): YamlMap | undefined {
  const value = map.entries.get(key)?.value;
  if (value === undefined || value.kind === 'map') return value;
  report(value.place, `\`${key}\` must be a map`);
  return undefined;
}

/** A list of texts; a single text is a list of one. */
export function textsAt(map: YamlMap, key: string, report: Report): readonly YamlScalar[] {
  const value = map.entries.get(key)?.value;
  if (value === undefined) return [];
  return listOf(value).flatMap((item) => {
    if (isText(item)) return [item];
    report(item.place, `\`${key}\` must be a list of texts`);
    return [];
  });
}

/** The items of a list; anything else is a list of one. */
export function listOf(node: YamlNode): readonly YamlNode[] {
  return isList(node) ? node.items : [node];
}

export function isText(node: YamlNode): node is YamlScalar {
  return node.kind === 'scalar' && node.value !== null && node.text !== '';
}

/** Reports the keys of a map that are none of `known`. */
export function checkKeys(
  map: YamlMap,
  known: readonly string[],
  told: { readonly report: Report; readonly what: string; readonly severity: 'error' | 'warning' },
): void {
  for (const { key, place } of map.entries.values()) {
    if (known.includes(key)) continue;
    told.report(place, `unknown key \`${key}\` in ${told.what}${didYouMean(key, known)}`, told.severity);
  }
}

/** `; did you mean X?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : `; did you mean \`${meant}\`?`;
}

export const START: Place = { line: 1, column: 1 };

function isList(node: YamlNode): node is YamlList {
  return node.kind === 'list';
}
