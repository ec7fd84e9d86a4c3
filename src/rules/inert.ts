import type { EventFieldName } from '../core/fields.ts';
import { threshold, type Correlation } from '../core/rule.ts';
import type { CompiledRules } from './rule-set.ts';
import type { Expression, Item, Test } from './syntax.ts';

/** What the expectations can say of an event, and what has to be in them for it. */
export const FACTS = {
  'whosaw.environment': 'environments',
  'whosaw.expected.network': 'networks',
  'whosaw.expected.role': 'roles',
  'whosaw.expected.schedule': 'windows',
  'whosaw.secret.owner': 'secrets with an owner',
  'whosaw.secret.criticality': 'secrets with a criticality',
  'whosaw.secret.canary': 'secrets that are bait',
  'whosaw.actor.team': 'teams',
  'whosaw.suspicious': 'lists of suspicious addresses',
} as const satisfies Partial<Record<EventFieldName, string>>;

export type Fact = keyof typeof FACTS;

/** A rule that can't raise an alert here. */
export interface InertRule {
  readonly key: string;
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly facts: readonly Fact[];
  /** `needs networks in expectations` */
  readonly reason: string;
}

/**
 * The rules that can't fire while only the `declared` facts are ever on an event. A rule that merely asks whether a fact
 * is absent, or not true, is not among them. Terms are judged apart from each other, so that a rule which contradicts
 * itself in other ways is not found.
 */
export function inertRules(rules: CompiledRules, declared: ReadonlySet<string>): readonly InertRule[] {
  const missing = FACT_NAMES.filter((fact) => !declared.has(fact));
  return rules.correlations.flatMap((correlation): InertRule[] => {
    if (correlation.isSilent === true) return [];
    const canFire = (absent: readonly Fact[]): boolean => canRaise(correlation, rules, new Set(absent));
    if (canFire(missing)) return [];
    const needed = missing.filter((fact) => !canFire([fact]));
    const facts =
      needed.length > 0 ? needed : missing.filter((fact) => canFire(missing.filter((other) => other !== fact)));
    const { key, title, file, line } = correlation.meta;
    return [{ key, title, file, line, facts, reason: reasonOf(facts, needed.length > 0 ? 'and' : 'or') }];
  });
}

const FACT_NAMES = Object.keys(FACTS).filter((name) => isFact(name));

function isFact(name: string): name is Fact {
  return Object.hasOwn(FACTS, name);
}

function reasonOf(facts: readonly Fact[], word: 'and' | 'or'): string {
  return `needs ${facts.map((fact) => FACTS[fact]).join(` ${word} `)} in expectations`;
}

type Absent = ReadonlySet<string>;

function canRaise(correlation: Correlation, rules: CompiledRules, absent: Absent): boolean {
  const { groupBy, groupFields, absentIsValue, field, moreFields = [], knownBy, type, chained = [] } = correlation;
  const isCounted = field === undefined || ![field, ...moreFields].some((name) => absent.has(name));
  const isPossible = (key: string): boolean => {
    const child = chained.includes(key) ? rules.correlations.find(({ meta }) => meta.key === key) : undefined;
    if (child !== undefined) return canRaise(child, rules, absent);
    return rules.detections.some((detection) => detection.key === key && possible(detection.expression, absent).true);
  };
  const countable = correlation.rules.filter((key, base) => {
    const isGrouped = absentIsValue || !(groupFields?.[base] ?? groupBy).some((name) => absent.has(name));
    return isGrouped && isPossible(key);
  });
  const least = type === 'temporal' || type === 'temporal_ordered' ? threshold(correlation.condition) : 1;
  return isCounted && countable.length >= least && (knownBy.length === 0 || knownBy.some(isPossible));
}

/** What an expression can still be. */
interface Possible {
  readonly true: boolean;
  readonly false: boolean;
}

const EITHER: Possible = { true: true, false: true };

function possible(expression: Expression, absent: Absent): Possible {
  switch (expression.kind) {
    case 'all': {
      const terms = expression.terms.map((term) => possible(term, absent));
      return { true: terms.every((term) => term.true), false: terms.some((term) => term.false) };
    }
    case 'any': {
      const terms = expression.terms.map((term) => possible(term, absent));
      return { true: terms.some((term) => term.true), false: terms.every((term) => term.false) };
    }
    case 'not':
      return swap(possible(expression.term, absent));
    case 'search':
      return possible(expression.term, absent);
    case 'item':
      return possibleItem(expression, absent);
  }
}

function possibleItem({ field, tests, every, negated }: Item, absent: Absent): Possible {
  if (field === undefined || !absent.has(field)) return EITHER;
  const holds = every ? tests.every(holdsOfAbsent) : tests.some(holdsOfAbsent);
  return { true: holds !== negated, false: holds === negated };
}

function holdsOfAbsent(test: Test): boolean {
  if (test.kind === 'any') return test.tests.some(holdsOfAbsent);
  return test.kind === 'null' || (test.kind === 'exists' && !test.present);
}

function swap({ true: canBeTrue, false: canBeFalse }: Possible): Possible {
  return { true: canBeFalse, false: canBeTrue };
}
