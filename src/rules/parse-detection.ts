import type { LogSource } from '../core/rule.ts';
import { parseCondition, type Searches } from './condition.ts';
import { channelsOf } from './logsource.ts';
import { parseSearch } from './parse-search.ts';
import type { Placeholders } from './placeholders.ts';
import type { Expression, Report } from './syntax.ts';
import { isText, listOf, mapAt, checkKeys, textAt } from './yaml-read.ts';
import type { YamlMap } from './yaml-tree.ts';

export interface ParsedDetection {
  readonly logsource: LogSource;
  readonly expression: Expression;
}

/** `logsource` and `detection` of a rule; undefined where they can't be read: then it said why. */
export function parseDetection(document: YamlMap, lists: Placeholders, report: Report): ParsedDetection | undefined {
  const logsource = parseLogSource(document, report);
  if (logsource !== undefined && channelsOf(logsource).length === 0) {
    const place = document.entries.get('logsource')?.value.place ?? document.place;
    report(place, 'no source here has this logsource: the rule never matches', 'warning');
  }
  const detection = mapAt(document, 'detection', report);
  if (detection === undefined) return undefined;
  const timeframe = detection.entries.get('timeframe');
  if (timeframe !== undefined) {
    report(timeframe.place, 'not supported: `timeframe`; Sigma 2 has correlations with a `timespan`');
  }
  const expression = parseSearchesAndConditions(detection, ['timeframe'], lists, report);
  return expression && logsource && { logsource, expression };
}

/** The searches of a detection or a filter, put together as its condition says; `others` are keys that name no search. */
export function parseSearchesAndConditions(
  map: YamlMap,
  others: readonly string[],
  lists: Placeholders,
  report: Report,
): Expression | undefined {
  const searches = new Map<string, Expression>();
  for (const { key, value } of map.entries.values()) {
    if (key === 'condition' || others.includes(key)) continue;
    // One that can't be read is named all the same, so that the condition is not blamed for it.
    searches.set(key, parseSearch(value, lists, report) ?? { kind: 'any', terms: [] });
  }
  return parseConditions(map, searches, report);
}

export function parseLogSource(document: YamlMap, report: Report): LogSource | undefined {
  const map = mapAt(document, 'logsource', report);
  if (map === undefined) return document.entries.has('logsource') ? undefined : {};
  checkKeys(map, ['category', 'product', 'service', 'definition'], {
    report,
    what: '`logsource`',
    severity: 'warning',
  });
  const category = textAt(map, 'category', report);
  const product = textAt(map, 'product', report);
  const service = textAt(map, 'service', report);
  const logsource = {
    ...(category === undefined ? {} : { category }),
    ...(product === undefined ? {} : { product }),
    ...(service === undefined ? {} : { service }),
  };
  return logsource;
}

/** Several conditions are alternatives. */
function parseConditions(detection: YamlMap, searches: Searches, report: Report): Expression | undefined {
  const condition = detection.entries.get('condition');
  if (condition === undefined) return refuse('a `condition` is missing');
  const used = new Set<string>();
  const terms: Expression[] = [];
  for (const node of listOf(condition.value)) {
    if (!isText(node)) return refuse('a condition must be a text');
    const term = parseCondition(node, searches, used, report);
    if (term === undefined) return undefined;
    terms.push(term);
  }
  if (terms.length === 0) return refuse('a condition must be a text');
  warnOfUnused(detection, searches, used, report);
  return terms.length === 1 ? terms[0] : { kind: 'any', terms };

  function refuse(message: string): undefined {
    report(condition?.value.place ?? detection.place, message);
  }
}

function warnOfUnused(detection: YamlMap, searches: Searches, used: ReadonlySet<string>, report: Report): void {
  for (const { key, place } of detection.entries.values()) {
    if (!searches.has(key) || key.startsWith('_') || used.has(key)) continue;
    report(place, `the condition does not use \`${key}\``, 'warning');
  }
}
