import type { Problem } from '../core/errors.ts';
import { isOfNumbers, type Correlation, type CountCondition } from '../core/rule.ts';
import { parseDuration } from '../lib/duration.ts';
import { id128 } from '../lib/hash.ts';
import type { ParsedRules } from './parse-rules.ts';
import type { Place } from './syntax.ts';
import { didYouMean } from './yaml-read.ts';

/** A number or span of a rule that somebody sets without changing its file, and where they wrote it. */
export interface Threshold {
  /** Its id, its name, or the end of its path: `harvesting/many-secrets` or `many-secrets`. */
  readonly rule: string;
  /** As the rule calls it: `gte`, `timespan`. */
  readonly name: string;
  readonly value: number | string;
  readonly file: string;
  readonly places: Readonly<Record<'rule' | 'name' | 'value', Place>>;
}

/**
 * The rules with thresholds set. What is wrong with them is an error among the problems. `passOver`: those of rules that
 * are not there are nobody's mistake.
 */
export function setThresholds(
  rules: ParsedRules,
  thresholds: readonly Threshold[],
  { passOver = false }: { readonly passOver?: boolean | undefined } = {},
): ParsedRules {
  if (thresholds.length === 0) return rules;
  const problems: Problem[] = [];
  const changed = new Map<Correlation, Correlation>();
  const told: string[] = [];
  for (const threshold of thresholds) {
    const report = (at: keyof Threshold['places'], message: string): void => {
      problems.push({ file: threshold.file, ...threshold.places[at], message, severity: 'error' });
    };
    const rule = findRule(rules.correlations, threshold.rule, (message) => {
      if (!passOver) report('rule', message);
    });
    if (rule === undefined) continue;
    const next = withThreshold(changed.get(rule) ?? rule, threshold, report);
    if (next === undefined) continue;
    changed.set(rule, next);
    told.push(JSON.stringify([rule.meta.key, threshold.name, threshold.value]));
  }
  return {
    ...rules,
    version: id128('thresholds', rules.version, ...told.toSorted()),
    correlations: rules.correlations.map((rule) => changed.get(rule) ?? rule),
    problems: [...rules.problems, ...problems],
  };
}

function findRule(
  correlations: readonly Correlation[],
  text: string,
  report: (message: string) => void,
): Correlation | undefined {
  const named = correlations.filter(({ meta }) => meta.id === text || meta.name === text);
  const found = named.length > 0 ? named : correlations.filter(({ meta }) => pathOf(meta).endsWith(`/${text}`));
  const [first, second] = found;
  if (first === undefined) {
    const candidates = correlations.flatMap(({ meta }) => namesOf(meta).concat(meta.name ?? []));
    report(`there is no rule \`${text}\`, neither by its id, its name nor its file${didYouMean(text, candidates)}`);
  } else if (second !== undefined) {
    report(`\`${text}\` are several rules: ${found.map(({ meta }) => namesOf(meta)[0] ?? meta.key).join(', ')}`);
  }
  return second === undefined ? first : undefined;
}

function pathOf({ file }: Correlation['meta']): string {
  return `/${file.replaceAll('\\', '/').replace(/\.yml$/, '')}`;
}

/** `harvesting/many-secrets`, `many-secrets` */
function namesOf(meta: Correlation['meta']): readonly string[] {
  const [name = '', folder] = pathOf(meta).split('/').toReversed();
  return folder === undefined || folder === '' ? [name] : [`${folder}/${name}`, name];
}

type Report = (at: keyof Threshold['places'], message: string) => void;

const SPANS = { timespan: 'timespanMs', history: 'historyMs', settle: 'settleMs' } as const;
const COUNTS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const satisfies readonly (keyof CountCondition)[];

function withThreshold(rule: Correlation, { name, value }: Threshold, report: Report): Correlation | undefined {
  const counts = COUNTS.filter((operator) => counted(rule) && rule.condition[operator] !== undefined);
  const spans = spanNames().filter((span) => rule[SPANS[span]] !== undefined);
  const count = counts.find((operator) => operator === name);
  const span = spans.find((known) => known === name);
  if (count !== undefined) {
    const isCount = typeof value === 'number' && (isOfNumbers(rule.type) || (Number.isInteger(value) && value > 0));
    if (isCount) return { ...rule, condition: { ...rule.condition, [count]: value } };
    report('value', `\`${name}\` must be a number${isOfNumbers(rule.type) ? '' : ' above 0'}`);
  } else if (span !== undefined) {
    const ms = typeof value === 'string' && /^\d+[smhdw]$/.test(value) ? parseDuration(value) : undefined;
    if (ms !== undefined && ms > 0) return { ...rule, [SPANS[span]]: ms };
    report('value', `\`${name}\` must be a number and a unit, as 30s, 10m, 1h or 30d`);
  } else {
    const known = [...counts, ...spans];
    report('name', `\`${rule.meta.title}\` has no \`${name}\`, but ${known.join(', ')}${didYouMean(name, known)}`);
  }
  return undefined;
}

function spanNames(): readonly (keyof typeof SPANS)[] {
  return ['timespan', 'history', 'settle'];
}

/** Of others the condition says how many rules have to come together, or nothing. */
function counted({ type, knownBy }: Correlation): boolean {
  if (type === 'first_seen') return knownBy.length > 0;
  return type !== 'temporal' && type !== 'temporal_ordered';
}
