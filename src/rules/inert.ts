import type { EventFieldName } from '../core/fields.ts';
import type { Correlation } from '../core/rule.ts';
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
  'whosaw.secret.canary': 'canary secrets',
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
  const { groupBy, absentIsValue, field, knownBy } = correlation;
  const isGrouped = absentIsValue || !groupBy.some((name) => absent.has(name));
  const isCounted = field === undefined || !absent.has(field);
  const some = (keys: readonly string[]): boolean =>
    rules.detections.some(({ key, expression }) => keys.includes(key) && possible(expression, absent).true);
  return isGrouped && isCounted && some(correlation.rules) && (knownBy.length === 0 || some(knownBy));
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
  return test.kind === 'null' || (test.kind === 'exists' && !test.present);
}

function swap({ true: canBeTrue, false: canBeFalse }: Possible): Possible {
  return { true: canBeFalse, false: canBeTrue };
}
