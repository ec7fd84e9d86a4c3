import { nearest } from '../lib/nearest.ts';
import { parseCorrelation, type ParsedCorrelation } from './parse-correlation.ts';
import { parseDetection, type ParsedDetection } from './parse-detection.ts';
import { parseFilter, type ParsedFilter } from './parse-filter.ts';
import { parseMeta, type Meta } from './parse-meta.ts';
import { parseTests } from './parse-tests.ts';
import type { Placeholders } from './placeholders.ts';
import type { Place, Report, TestCase } from './syntax.ts';
import type { YamlNode, YamlMap } from './yaml-tree.ts';

export interface DocumentOrigin {
  readonly file: string;
  readonly fileIndex: number;
  readonly folder: number;
}

/** One document of a rule file. `rule` is undefined where it can't be read. */
export interface ParsedDocument extends DocumentOrigin {
  readonly meta: Meta;
  readonly place: Place;
  readonly rule:
    | { readonly kind: 'detection'; readonly detection: ParsedDetection }
    | { readonly kind: 'correlation'; readonly correlation: ParsedCorrelation }
    | { readonly kind: 'filter'; readonly filter: ParsedFilter }
    | undefined;
  readonly tests: readonly TestCase[];
}

/** Source: the Sigma specification 2.1; `stores` and `tests` are ours. */
export const RULE_KEYS = [
  'title',
  'id',
  'name',
  'related',
  'taxonomy',
  'status',
  'description',
  'license',
  'author',
  'references',
  'date',
  'modified',
  'logsource',
  'detection',
  'correlation',
  'filter',
  'fields',
  'falsepositives',
  'level',
  'tags',
  'scope',
  'stores',
  'generate',
  'tests',
];

const NOBODY: Meta = { title: '', status: 'test', level: 'medium', tags: [], falsepositives: [], file: '', line: 1 };

export function parseDocument(
  node: YamlNode,
  origin: DocumentOrigin,
  lists: Placeholders,
  report: Report,
): ParsedDocument {
  if (node.kind !== 'map') {
    report(node.place, 'a rule is a map with `title` and `detection`, `correlation` or `filter`');
    return { ...origin, meta: NOBODY, place: node.place, rule: undefined, tests: [] };
  }
  let broken = false;
  const told: Report = (place, message, severity) => {
    if (severity !== 'warning') broken = true;
    report(place, message, severity);
  };
  warnOfKeys(node, told);
  const meta = parseMeta(node, origin.file, told);
  const rule = parseRule(node, lists, told);
  const tests = parseTests(node, told);
  return { ...origin, meta, place: node.place, rule: broken ? undefined : rule, tests };
}

function parseRule(document: YamlMap, lists: Placeholders, report: Report): ParsedDocument['rule'] {
  const kinds = ['detection', 'correlation', 'filter', 'action'].filter((key) => document.entries.has(key));
  const [kind, other] = kinds;
  if (kind !== undefined && other !== undefined) {
    report(document.place, `a rule has \`${kind}\` or \`${other}\`, not both; separate them by \`---\``);
    return undefined;
  }
  if (kind === 'detection') {
    const detection = parseDetection(document, lists, report);
    return detection && { kind, detection };
  }
  if (kind === 'correlation') {
    const correlation = parseCorrelation(document, report);
    return correlation && { kind, correlation };
  }
  if (kind === 'filter') {
    const filter = parseFilter(document, lists, report);
    return filter && { kind, filter };
  }
  const place = document.entries.get(kind ?? '')?.place ?? document.place;
  if (kind === 'action') report(place, 'not supported: `action`; Sigma 2 has no collections, write each rule out');
  else report(place, 'a rule needs `detection`, `correlation` or `filter`');
  return undefined;
}

/** Sigma allows keys of one's own; one that is nearly a known one is more likely a slip of the pen. */
function warnOfKeys(document: YamlMap, report: Report): void {
  for (const { key, place } of document.entries.values()) {
    if (RULE_KEYS.includes(key)) continue;
    const meant = nearest(key, RULE_KEYS);
    if (meant !== undefined) report(place, `unknown key \`${key}\`; did you mean \`${meant}\`?`, 'warning');
  }
}
