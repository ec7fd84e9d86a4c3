import type { Expression, Item } from './syntax.ts';

const TRUE: Expression = { kind: 'all', terms: [] };
const FALSE: Expression = { kind: 'any', terms: [] };

/**
 * What is left to ask once some lines are decided; undefined: that one is not. The same object where nothing was, or
 * nothing that matters.
 */
export function specialize(expression: Expression, decide: (item: Item) => boolean | undefined): Expression {
  switch (expression.kind) {
    case 'item': {
      const decided = decide(expression);
      if (decided === undefined) return expression;
      return decided ? TRUE : FALSE;
    }
    case 'search': {
      const term = specialize(expression.term, decide);
      return term === expression.term ? expression : term;
    }
    case 'not': {
      const term = specialize(expression.term, decide);
      if (term === expression.term) return expression;
      if (isAlways(term, true)) return FALSE;
      return isAlways(term, false) ? TRUE : { kind: 'not', term };
    }
    case 'all':
      return joined(expression, true, decide);
    case 'any':
      return joined(expression, false, decide);
  }
}

/** It is so whatever the event. */
export function isAlways({ kind, ...rest }: Expression, value: boolean): boolean {
  return kind === (value ? 'all' : 'any') && 'terms' in rest && rest.terms.length === 0;
}

/** Of an `and` what is true goes, and what is false decides; of an `or` the other way round. */
function joined(
  expression: Extract<Expression, { kind: 'all' | 'any' }>,
  neutral: boolean,
  decide: (item: Item) => boolean | undefined,
): Expression {
  const terms = expression.terms.map((term) => specialize(term, decide));
  if (terms.every((term, index) => term === expression.terms[index])) return expression;
  if (terms.some((term) => isAlways(term, !neutral))) return neutral ? FALSE : TRUE;
  const left = terms.filter((term) => !isAlways(term, neutral));
  const [only] = left;
  return left.length === 1 && only !== undefined ? only : { kind: expression.kind, terms: left };
}
