import { alternativesOf } from './compile-test.ts';
import { fold, literalOf, type Pattern } from './pattern.ts';
import { necessaryParts } from './regex-parts.ts';
import type { Expression, Item, Test } from './syntax.ts';

/** What must hold of every event that an expression matches, by field. `never`: nothing matches. */
export type Necessary = ReadonlyMap<string, Needed> | 'never';

/** Folded texts of which one at least is among the field's values as a whole, or as a part of one of them. */
export interface Needed {
  readonly as: 'whole' | 'part';
  readonly texts: ReadonlySet<string>;
}

export function necessaryFor(expression: Expression): Necessary {
  switch (expression.kind) {
    case 'all':
      return both(expression.terms.map(necessaryFor));
    case 'any':
      return either(expression.terms.map(necessaryFor));
    case 'not':
      return new Map();
    case 'search':
      return necessaryFor(expression.term);
    case 'item':
      return necessaryForItem(expression);
  }
}

/** More ways than these are not told apart. */
const WAYS_LIMIT = 16;

/**
 * The ways in which an expression can hold, each with what must hold then: at least one of them holds. There are
 * several where `or` joins what needs different fields; one that needs nothing makes telling them apart useless.
 */
export function necessaryWays(expression: Expression): readonly Necessary[] {
  const ways = waysOf(expression).map(necessaryFor);
  const isUseful = ways.length <= WAYS_LIMIT && ways.every((way) => way === 'never' || way.size > 0);
  return isUseful ? ways : [necessaryFor(expression)];
}

/** Of several `or` within an `and` the first is taken apart. */
function waysOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'search') return waysOf(expression.term);
  if (expression.kind === 'any') return expression.terms.flatMap(waysOf);
  if (expression.kind !== 'all') return [expression];
  for (const [index, term] of expression.terms.entries()) {
    const ways = waysOf(term);
    if (ways.length === 1) continue;
    const rest = expression.terms.filter((_, other) => other !== index);
    return ways.map((way): Expression => ({ kind: 'all', terms: [...rest, way] }));
  }
  return [expression];
}

function necessaryForItem({ field, tests, every, negated }: Item): Necessary {
  if (field === undefined || negated) return new Map();
  const needs = tests.map((test) => oneOf(alternativesOf(test).map(neededBy)));
  const needed = every ? allOf(needs) : oneOf(needs);
  return needed === undefined ? new Map() : new Map([[field, needed]]);
}

/** undefined where no text is needed. */
function neededBy(test: Test): Needed | undefined {
  if (test.kind === 'regex') return partsOf(necessaryParts(test.source, test.flags));
  if (test.kind !== 'text') return undefined;
  const literal = literalOf(test.pattern);
  if (literal !== undefined) return { as: 'whole', texts: new Set([fold(literal)]) };
  const part = longestPart(test.pattern, test.cased);
  return part === undefined ? undefined : partsOf([part]);
}

/** Shorter ones are in too many texts. */
const PART_LENGTH = 3;

function partsOf(parts: readonly string[] | undefined): Needed | undefined {
  if (parts === undefined || parts.length === 0) return undefined;
  const texts = new Set(parts.map(fold));
  return parts.some((part) => part.length < PART_LENGTH) ? undefined : { as: 'part', texts };
}

/** A cased text with a sigma may fold otherwise than it does within a longer one. */
function longestPart(pattern: Pattern, cased: boolean): string | undefined {
  const parts = pattern.filter((piece) => typeof piece === 'string').filter((part) => !cased || !part.includes('Σ'));
  return parts.toSorted((a, b) => b.length - a.length)[0];
}

/** Of several sets for one field each is necessary: that which says most. */
function both(terms: readonly Necessary[]): Necessary {
  const necessary = new Map<string, Needed>();
  for (const term of terms) {
    if (term === 'never') return 'never';
    for (const [field, needed] of term) {
      const best = allOf([necessary.get(field), needed]);
      if (best !== undefined) necessary.set(field, best);
    }
  }
  return necessary;
}

function either(terms: readonly Necessary[]): Necessary {
  const [first, ...rest] = terms.filter((term) => term !== 'never');
  if (first === undefined) return 'never';
  const shared = Array.from(first).flatMap(([field, needed]): [string, Needed][] => {
    const all = oneOf([needed, ...rest.map((term) => term.get(field))]);
    return all === undefined ? [] : [[field, all]];
  });
  return new Map(shared);
}

/** All of these are needed: the one that fewest values meet. */
function allOf(needs: readonly (Needed | undefined)[]): Needed | undefined {
  return needs.reduce((best, needed) => {
    if (best === undefined || needed === undefined) return best ?? needed;
    if (best.as !== needed.as) return best.as === 'whole' ? best : needed;
    return needed.texts.size < best.texts.size ? needed : best;
  }, undefined);
}

/** One of these is needed; undefined where one of them is unknown. */
function oneOf(needs: readonly (Needed | undefined)[]): Needed | undefined {
  const known = needs.filter((needed) => needed !== undefined);
  if (known.length < needs.length) return undefined;
  const texts = new Set(known.flatMap((needed) => [...needed.texts]));
  if (known.every(({ as }) => as === 'whole')) return { as: 'whole', texts };
  // A whole text is a part of itself.
  return partsOf([...texts]);
}
