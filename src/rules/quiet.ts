import { DEFAULT_FACTOR, isOfNumbers, threshold, type Correlation, type CountCondition } from '../core/rule.ts';
import { printDuration } from '../lib/duration.ts';
import type { Detection, Expression, Item } from './syntax.ts';
import { nounOf, phraseOf, phrasesFor } from './words.ts';

/** What a correlation counts, by key. */
export interface Counted {
  detection(key: string): Detection | undefined;
  titleOf(key: string): string;
}

/**
 * What would have kept the rule quiet, in words: fewer hits, or one of what its condition excuses. Constants of the
 * rule, so that an alert costs nothing more; undefined where no short sentence says it.
 */
export function quietOf(correlation: Correlation, counted: Counted): string | undefined {
  const bases = correlation.rules.map((key) => counted.detection(key)?.expression);
  const together = needsAll(correlation) ? union : shared;
  const counts = countPhrases(correlation, counted);
  const excuses = together(bases.map((expression) => (expression === undefined ? [] : excusesOf(expression))));
  const phrases = [...counts, ...excuses];
  const said =
    phrases.length > 0
      ? phrases
      : together(bases.map((expression) => (expression === undefined ? [] : otherwise(expression))));
  return said.length === 0 ? undefined : said.slice(0, PHRASES_LIMIT).join(', or ');
}

const PHRASES_LIMIT = 4;

/** Without one of the rules that it counts it would not fire. */
function needsAll({ type, rules, condition }: Correlation): boolean {
  return (type === 'temporal' || type === 'temporal_ordered') && threshold(condition) >= rules.length;
}

/** What of its own condition would have kept a correlation quiet: phrases that go on from "would not fire". */
export function countPhrases(rule: Correlation, counted: Counted): readonly string[] {
  const span = printDuration(rule.timespanMs);
  switch (rule.type) {
    case 'event_count':
      return countsOtherwise(rule.condition, '').map((count) => `${count} in ${span}`);
    case 'value_count': {
      const noun = nounOf(rule.field, rule.moreFields);
      return countsOtherwise(rule.condition, ` ${noun}`).map((count) => `${count} in ${span}`);
    }
    case 'first_seen':
      return firstSeenPhrases(rule, counted);
    case 'temporal':
    case 'temporal_ordered': {
      const missing = needsAll(rule)
        ? [`without one of ${titles(rule.rules, counted)} in ${span}`]
        : countsOtherwise(rule.condition, ' of its rules').map((count) => `${count} in ${span}`);
      return rule.type === 'temporal' ? missing : ['in another order', ...missing];
    }
    case 'anomaly': {
      const noun = rule.field === undefined ? '' : ` ${nounOf(rule.field, rule.moreFields)}`;
      const usual = `fewer than ${rule.factor ?? DEFAULT_FACTOR} times what is usual`;
      return [...countsOtherwise(rule.condition, noun).map((count) => `${count} in ${span}`), usual];
    }
    case 'silence':
      return [`with one in ${span}`];
    case 'value_sum':
      return measuresOtherwise(rule).map((bound) => `with a sum of \`${rule.field ?? ''}\` ${bound} in ${span}`);
    case 'value_avg':
      return measuresOtherwise(rule).map((bound) => `with an average of \`${rule.field ?? ''}\` ${bound} in ${span}`);
    case 'value_percentile': {
      const which = `percentile ${rule.percentile ?? 50}`;
      return measuresOtherwise(rule).map((bound) => `with ${which} of \`${rule.field ?? ''}\` ${bound} in ${span}`);
    }
  }
}

function firstSeenPhrases(rule: Correlation, counted: Counted): readonly string[] {
  const least = threshold(rule.condition);
  const known = titles(rule.knownBy, counted);
  const before = least === 1 ? `without ${known} before` : `after fewer than ${least} of ${known}`;
  return [`after an earlier one in ${printDuration(rule.historyMs ?? 0)}`, ...(known === '' ? [] : [before])];
}

function titles(keys: readonly string[], counted: Counted): string {
  return keys.map((key) => `\`${counted.titleOf(key)}\``).join(', ');
}

/** Numbers of which each breaks the condition; one that is enough can not be fewer. */
function countsOtherwise({ gt, gte, lt, lte, eq, neq }: CountCondition, noun: string): readonly string[] {
  const most = Math.max((gte ?? 0) - 1, gt ?? -1);
  const least = Math.min(lt ?? Infinity, (lte ?? Infinity) + 1);
  return [
    ...(most < 1 ? [] : [`${most} or fewer${noun}`]),
    ...(least === Infinity ? [] : [`${least} or more${noun}`]),
    ...(eq === undefined ? [] : [`other than ${eq}${noun}`]),
    ...(neq === undefined ? [] : [`exactly ${neq}${noun}`]),
  ];
}

const OPPOSITES = {
  gt: 'of at most',
  gte: 'below',
  lt: 'of at least',
  lte: 'above',
  eq: 'other than',
  neq: 'of exactly',
} as const satisfies Record<keyof CountCondition, string>;

function measuresOtherwise({ type, condition }: Correlation): readonly string[] {
  if (!isOfNumbers(type)) return [];
  const operators = Object.keys(OPPOSITES) as readonly (keyof CountCondition)[];
  return operators.flatMap((key) => (condition[key] === undefined ? [] : [`${OPPOSITES[key]} ${condition[key]}`]));
}

/** What must hold of every match. */
export function conjuncts(expression: Expression): readonly Expression[] {
  if (expression.kind === 'all') return expression.terms.flatMap(conjuncts);
  if (expression.kind === 'search') return conjuncts(expression.term);
  const [only] = expression.kind === 'any' ? expression.terms : [];
  return expression.kind === 'any' && expression.terms.length === 1 && only !== undefined
    ? conjuncts(only)
    : [expression];
}

/** Expected facts, and what the condition filters out. */
function excusesOf(expression: Expression): readonly string[] {
  return conjuncts(expression).flatMap((term) => {
    if (term.kind === 'not') return phrasesFor(term.term);
    return term.kind === 'item' && term.field?.startsWith('whosaw.expected.') === true ? [phraseOf(term, 'false')] : [];
  });
}

/** Fields that say what the rule is about rather than what is wrong. */
const SUBJECT = ['whosaw.access.kind', 'event.outcome', 'event.module', 'event.dataset', 'eventSource'];

/** The line says what the rule is about rather than what is wrong. */
export function isSubject({ field = '' }: Item): boolean {
  return SUBJECT.includes(field);
}

function otherwise(expression: Expression): readonly string[] {
  return conjuncts(expression)
    .filter((term): term is Item => term.kind === 'item' && !isSubject(term))
    .slice(0, 2)
    .map((term) => phraseOf(term, 'false'));
}

/** Each of them is needed. */
function union(phrases: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(phrases.flat())];
}

/** Each of several bases may have raised the alert. */
function shared(phrases: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...rest] = phrases;
  return Array.from(new Set(first)).filter((phrase) => rest.every((others) => others.includes(phrase)));
}
