import type { Detection, Expression, Item } from '../syntax.ts';

/** What the rule's own file says: places of lines are places in it. */
export function ownOf({ expression, ownExpression }: Detection): Expression {
  return ownExpression ?? expression;
}

/** The lines of an expression, each once, in its order. */
export function itemsOf(expression: Expression): readonly Item[] {
  const found = new Set<Item>();
  collect(expression, found);
  return [...found];
}

function collect(expression: Expression, found: Set<Item>): void {
  switch (expression.kind) {
    case 'item':
      found.add(expression);
      return;
    case 'search':
    case 'not':
      collect(expression.term, found);
      return;
    case 'all':
    case 'any':
      for (const term of expression.terms) collect(term, found);
  }
}

export type Search = Extract<Expression, { readonly kind: 'search' }>;

/** The search identifiers that a condition names, each once. */
export function searchesOf(expression: Expression): readonly Search[] {
  const found = new Map<string, Search>();
  const visit = (one: Expression): void => {
    if (one.kind === 'search') found.set(one.name, one);
    else if (one.kind === 'not') visit(one.term);
    else if (one.kind !== 'item') for (const term of one.terms) visit(term);
  };
  visit(expression);
  return [...found.values()];
}
