import { ATTACK_TAGS } from './attack-tags.ts';
import { CONDITIONS } from './conditions.ts';
import { CORRELATIONS } from './correlations.ts';
import { DUPLICATE_TITLES } from './duplicate-titles.ts';
import { EXPENSIVE } from './expensive.ts';
import { EXTENSIONS } from './extensions.ts';
import { FALSE_POSITIVES } from './false-positives.ts';
import type { Check, Finding, Linted } from './finding.ts';
import { REPEATED_TESTS } from './repeated-tests.ts';
import { REPLACED } from './replaced.ts';
import { UNKNOWN_FIELDS } from './unknown-fields.ts';
import { UNTESTED } from './untested.ts';
import type { Correlation } from '../../core/rule.ts';
import type { ParsedRules } from '../parse-rules.ts';
import type { Detection } from '../syntax.ts';

export const CHECKS: readonly Check[] = [
  UNKNOWN_FIELDS,
  CONDITIONS,
  CORRELATIONS,
  EXPENSIVE,
  DUPLICATE_TITLES,
  ATTACK_TAGS,
  FALSE_POSITIVES,
  UNTESTED,
  REPEATED_TESTS,
  EXTENSIONS,
  REPLACED,
];

/** What the reader of the rules said, as a check of its own. */
const READER = 'read';

/** Judges rules beyond whether they can be read; in the order of the files and their lines. No rule makes it throw. */
export function lintRules(parsed: ParsedRules): readonly Finding[] {
  const detections = new Map(parsed.detections.map((detection) => [detection.meta.key, detection]));
  const correlations = new Map(parsed.correlations.map((correlation) => [correlation.meta.key, correlation]));
  const detectionsOf = ({ rules, knownBy, chained = [] }: Correlation): readonly Detection[] =>
    [...rules, ...knownBy].flatMap((key) => {
      const below = chained.includes(key) ? correlations.get(key) : undefined;
      return below === undefined ? (detections.get(key) ?? []) : detectionsOf(below);
    });
  const alerting = parsed.correlations.filter(({ isSilent }) => isSilent !== true);
  const linted: Linted = { parsed, alerting, detectionsOf };
  const findings: Finding[] = parsed.problems.map(({ severity, ...problem }) => ({
    ...problem,
    level: severity,
    check: READER,
  }));
  for (const { name, run } of CHECKS) {
    for (const { meta, place, level, message } of run(linted)) {
      const { line, column } = place ?? { line: meta.line, column: 1 };
      findings.push({ file: meta.file, line, column, level, check: name, message });
    }
  }
  const order = new Map([...new Set(findings.map(({ file }) => file))].toSorted().map((file, index) => [file, index]));
  const position = ({ file }: Finding): number => order.get(file) ?? 0;
  return findings.sort((a, b) => position(a) - position(b) || a.line - b.line || a.column - b.column);
}
