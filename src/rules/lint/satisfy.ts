import type { LogSource } from '../../core/rule.ts';
import type { Expression, Item } from '../syntax.ts';
import { domainOf, type Domain } from './domain.ts';
import { itemsOf } from './items.ts';

export interface Satisfiability {
  /** false: no event makes the expression `wanted`. true: one may. */
  canBe(expression: Expression, wanted: boolean): boolean;
  /** The line that left nothing over when `canBe` last said false; undefined where no line is to blame. */
  readonly conflict: Item | undefined;
}

/** By field: which of its possibilities are left. A field that is not there may be anything. */
type Left = ReadonlyMap<string, readonly boolean[]>;

/** A condition over more fields than these is judged by the first of them alone. */
const FIELDS_LIMIT = 100;
/** Steps after which a condition is taken for possible: no person's condition needs as many. */
const STEPS_LIMIT = 20_000;

/**
 * Judges whether parts of the expression contradict themselves. What it calls impossible is impossible; the other way
 * round it may overlook a contradiction, which is cheaper than trying every combination.
 */
export function satisfiability(whole: Expression, logsource: LogSource): Satisfiability {
  const solver = new Solver(domainsOf(whole, logsource));
  return {
    canBe: (expression, wanted) => solver.start(expression, wanted),
    get conflict() {
      return solver.conflict;
    },
  };
}

function domainsOf(whole: Expression, logsource: LogSource): ReadonlyMap<string, Domain> {
  const byField = new Map<string, Item[]>();
  for (const item of itemsOf(whole)) {
    if (item.field === undefined) continue;
    const items = byField.get(item.field) ?? [];
    items.push(item);
    byField.set(item.field, items);
  }
  return new Map(
    Array.from(byField)
      .slice(0, FIELDS_LIMIT)
      .flatMap(([field, items]): [string, Domain][] => {
        const domain = domainOf(field, items, logsource);
        return domain === undefined ? [] : [[field, domain]];
      }),
  );
}

class Solver {
  readonly #domains: ReadonlyMap<string, Domain>;
  #steps = 0;
  #conflict: Item | undefined;

  constructor(domains: ReadonlyMap<string, Domain>) {
    this.#domains = domains;
  }

  get conflict(): Item | undefined {
    return this.#conflict;
  }

  start(expression: Expression, wanted: boolean): boolean {
    this.#steps = 0;
    this.#conflict = undefined;
    return this.#solve(expression, wanted, new Map()) !== undefined;
  }

  /** What is left where the expression is `wanted`; undefined: nothing. */
  #solve(expression: Expression, wanted: boolean, left: Left): Left | undefined {
    this.#steps += 1;
    if (this.#steps > STEPS_LIMIT) return left;
    switch (expression.kind) {
      case 'item':
        return this.#solveItem(expression, wanted, left);
      case 'not':
        return this.#solve(expression.term, !wanted, left);
      case 'search':
        return this.#solve(expression.term, wanted, left);
      case 'all':
      case 'any': {
        const together = (expression.kind === 'all') === wanted;
        return together
          ? this.#solveAll(expression.terms, wanted, left)
          : this.#solveAny(expression.terms, wanted, left);
      }
    }
  }

  #solveItem(item: Item, wanted: boolean, left: Left): Left | undefined {
    const domain = item.field === undefined ? undefined : this.#domains.get(item.field);
    if (item.field === undefined || domain === undefined) return left;
    const truth = domain.truth(item);
    const before = left.get(item.field);
    const after = truth.map((holds, index) => holds !== !wanted && (before?.[index] ?? true));
    if (after.includes(true)) return new Map(left).set(item.field, after);
    this.#conflict = item;
    return undefined;
  }

  /** Alternatives last: what else must hold leaves fewer of them. */
  #solveAll(terms: readonly Expression[], wanted: boolean, left: Left): Left | undefined {
    const alternatives = terms.filter((term) => isAlternative(term, wanted));
    const firm = terms.filter((term) => !alternatives.includes(term));
    let after: Left | undefined = left;
    for (const term of [...firm, ...alternatives]) {
      after = this.#solve(term, wanted, after);
      if (after === undefined) return undefined;
    }
    return after;
  }

  #solveAny(terms: readonly Expression[], wanted: boolean, left: Left): Left | undefined {
    const possible = terms.flatMap((term) => this.#solve(term, wanted, left) ?? []);
    const [first, ...rest] = possible;
    return first === undefined ? undefined : rest.reduce(union, first);
  }
}

function isAlternative(expression: Expression, wanted: boolean): boolean {
  if (expression.kind === 'not') return isAlternative(expression.term, !wanted);
  if (expression.kind === 'search') return isAlternative(expression.term, wanted);
  return expression.kind !== 'item' && (expression.kind === 'any') === wanted;
}

function union(one: Left, other: Left): Left {
  const both = new Map<string, readonly boolean[]>();
  for (const [field, possible] of one) {
    const others = other.get(field);
    if (others !== undefined)
      both.set(
        field,
        possible.map((is, index) => is || others[index] === true),
      );
  }
  return both;
}
