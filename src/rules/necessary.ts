import { alternativesOf } from './compile-test.ts';
import { fold, literalOf } from './pattern.ts';
import type { Expression, Item, Test } from './syntax.ts';

/**
 * What must hold of every event that an expression matches: by field, the folded texts of which at least one is among
 * the field's values. `never`: nothing matches.
 */
export type Necessary = ReadonlyMap<string, ReadonlySet<string>> | 'never';

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

function necessaryForItem({ field, tests, every, negated }: Item): Necessary {
  if (field === undefined || negated) return new Map();
  const sets = tests.map(textsOf);
  if (every) {
    const known = sets.find((texts) => texts !== undefined);
    return known === undefined ? new Map() : new Map([[field, new Set(known)]]);
  }
  return sets.every((texts) => texts !== undefined) ? new Map([[field, new Set(sets.flat())]]) : new Map();
}

/** The folded texts of which one must be there; undefined where it is not about whole texts. */
function textsOf(test: Test): readonly string[] | undefined {
  const literals = alternativesOf(test).map((one) => (one.kind === 'text' ? literalOf(one.pattern) : undefined));
  return literals.every((literal) => literal !== undefined) ? literals.map(fold) : undefined;
}

/** Of several sets for one field each is necessary: the smallest says most. */
function both(terms: readonly Necessary[]): Necessary {
  const necessary = new Map<string, ReadonlySet<string>>();
  for (const term of terms) {
    if (term === 'never') return 'never';
    for (const [field, texts] of term) {
      const known = necessary.get(field);
      if (known === undefined || texts.size < known.size) necessary.set(field, texts);
    }
  }
  return necessary;
}

function either(terms: readonly Necessary[]): Necessary {
  const [first, ...rest] = terms.filter((term) => term !== 'never');
  if (first === undefined) return 'never';
  const shared = Array.from(first).flatMap(([field, texts]): [string, ReadonlySet<string>][] => {
    const others = rest.map((term) => term.get(field));
    if (!others.every((other) => other !== undefined)) return [];
    return [[field, new Set([texts, ...others].flatMap((set) => [...set]))]];
  });
  return new Map(shared);
}
