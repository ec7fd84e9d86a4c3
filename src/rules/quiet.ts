import { threshold, type Correlation } from '../core/rule.ts';
import { printDuration } from '../lib/duration.ts';
import type { Detection, Expression, Item } from './syntax.ts';
import { nounOf, phraseOf, phrasesFor } from './words.ts';

/**
 * What would have kept the rule quiet, in words: fewer hits, or one of what its condition excuses. Constants of the
 * rule, so that an alert costs nothing more; undefined where no short sentence says it.
 */
export function quietOf(correlation: Correlation, detections: readonly Detection[]): string | undefined {
  const find = (key: string): Detection | undefined => detections.find(({ meta }) => meta.key === key);
  const bases = correlation.rules.flatMap((key) => find(key) ?? []);
  const counts = countPhrases(correlation, (key) => find(key)?.meta.title ?? key);
  const excuses = shared(bases.map(({ expression }) => excusesOf(expression)));
  const phrases = [...counts, ...excuses];
  const said = phrases.length > 0 ? phrases : shared(bases.map(({ expression }) => otherwise(expression)));
  return said.length === 0 ? undefined : said.slice(0, PHRASES_LIMIT).join(', or ');
}

const PHRASES_LIMIT = 4;

function countPhrases(rule: Correlation, titleOf: (key: string) => string): readonly string[] {
  const least = threshold(rule.condition);
  const span = printDuration(rule.timespanMs);
  switch (rule.type) {
    case 'event_count':
      return least === 1 ? [] : [`${least - 1} or fewer in ${span}`];
    case 'value_count':
      return least === 1 ? [] : [`${least - 1} or fewer ${nounOf(rule.field)} in ${span}`];
    case 'first_seen': {
      const history = printDuration(rule.historyMs ?? 0);
      const known = rule.knownBy.map((key) => `\`${titleOf(key)}\``).join(', ');
      const before = least === 1 ? `without ${known} before` : `after fewer than ${least} of ${known}`;
      return [`after an earlier one in ${history}`, ...(known === '' ? [] : [before])];
    }
    default:
      return [];
  }
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

function otherwise(expression: Expression): readonly string[] {
  return conjuncts(expression)
    .filter((term): term is Item => term.kind === 'item' && !SUBJECT.includes(term.field ?? ''))
    .slice(0, 2)
    .map((term) => phraseOf(term, 'false'));
}

/** Each of several bases may have raised the alert. */
function shared(phrases: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...rest] = phrases;
  return Array.from(new Set(first)).filter((phrase) => rest.every((others) => others.includes(phrase)));
}
