import type { LogSource } from '../core/rule.ts';
import type { Reference } from './parse-correlation.ts';
import { parseLogSource, parseSearchesAndConditions } from './parse-detection.ts';
import type { Placeholders } from './placeholders.ts';
import type { Expression, Report } from './syntax.ts';
import { isText, mapAt, textsAt } from './yaml-read.ts';
import type { YamlMap } from './yaml-tree.ts';

/** What is asked of detections in addition. */
export interface ParsedFilter {
  readonly logsource: LogSource;
  /** `any`: all whose logsource lies within the filter's. */
  readonly rules: readonly Reference[] | 'any';
  readonly expression: Expression;
}

/** `logsource` and `filter` of a document; undefined where they can't be read: then it said why. */
export function parseFilter(document: YamlMap, lists: Placeholders, report: Report): ParsedFilter | undefined {
  const filter = mapAt(document, 'filter', report);
  if (!document.entries.has('logsource')) {
    report(document.place, 'a filter needs a `logsource`, which says what rules it may be for');
  }
  const logsource = parseLogSource(document, report);
  if (filter === undefined) return undefined;
  const rules = parseRules(filter, report);
  const expression = parseSearchesAndConditions(filter, ['rules'], lists, report);
  return expression && logsource && rules && { logsource, rules, expression };
}

function parseRules(filter: YamlMap, report: Report): ParsedFilter['rules'] | undefined {
  const value = filter.entries.get('rules')?.value;
  if (value !== undefined && isText(value) && value.text === 'any') return 'any';
  const rules = textsAt(filter, 'rules', report).map(({ text, place }) => ({ text, place }));
  if (rules.length > 0) return rules;
  report(value?.place ?? filter.place, 'a filter needs `rules`: their ids or names, or `any`');
  return undefined;
}
