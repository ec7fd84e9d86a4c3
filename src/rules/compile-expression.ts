import { compileReference } from './compile-reference.ts';
import { compileTests } from './compile-test.ts';
import type { Fields } from './fields.ts';
import type { Expression, Item, Test } from './syntax.ts';
import { someText, someValue } from './value-text.ts';

export type Matcher<T> = (subject: T) => boolean;

/**
 * Compiles what a detection asks to a closure. Source: the Sigma specification 2.1; where it is silent, what most engines
 * do. Known limits: case is folded as `fold` says; numbers beyond 2^53 are what JSON.parse made of them; of an array of
 * objects each is compared on its own; an element can't be named by its number; values that nest deeper than 64 levels
 * are not looked into; keywords see the vendor's record, not what the event says of it.
 */
export function compileExpression<T>(expression: Expression, fields: Fields<T>): Matcher<T> {
  switch (expression.kind) {
    case 'all':
      return compileAll(expression.terms.map((term) => compileExpression(term, fields)));
    case 'any':
      return compileAny(expression.terms.map((term) => compileExpression(term, fields)));
    case 'not': {
      const term = compileExpression(expression.term, fields);
      return (subject) => !term(subject);
    }
    case 'search':
      return compileExpression(expression.term, fields);
    case 'item': {
      const holds = compileItem(expression, fields);
      return expression.negated ? (subject) => !holds(subject) : holds;
    }
  }
}

function compileAll<T>(terms: readonly Matcher<T>[]): Matcher<T> {
  const [first, second] = terms;
  if (terms.length === 1 && first !== undefined) return first;
  if (terms.length === 2 && first !== undefined && second !== undefined) {
    return (subject) => first(subject) && second(subject);
  }
  return (subject) => {
    for (const term of terms) if (!term(subject)) return false;
    return true;
  };
}

function compileAny<T>(terms: readonly Matcher<T>[]): Matcher<T> {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return only;
  return (subject) => {
    for (const term of terms) if (term(subject)) return true;
    return false;
  };
}

function compileItem<T>(item: Item, fields: Fields<T>): Matcher<T> {
  const groups = item.every ? item.tests.map((test) => [test]) : [item.tests];
  if (item.field === undefined) return compileKeywords(groups, fields);
  const read = fields.reader(item.field);
  const isPresence = item.tests.some(({ kind }) => kind === 'exists');
  return compileAll(
    groups.map((tests): Matcher<T> => {
      const references = tests.filter((test) => test.kind === 'reference');
      if (references.length > 0) {
        return compileAny(references.map((test) => compileReference(test, read, fields.reader(test.field))));
      }
      const test = compileTests(tests);
      if (isPresence) return (subject) => test(read(subject));
      return (subject) => {
        const value = read(subject);
        return Array.isArray(value) ? someValue(value, test) : test(value);
      };
    }),
  );
}

/** Any value of the message may hold a keyword; with `all`, each keyword may be in another value. */
function compileKeywords<T>(groups: readonly (readonly Test[])[], fields: Fields<T>): Matcher<T> {
  const tests = groups.map(compileTests);
  return compileAll(tests.map((test) => (subject) => someText(fields.message(subject), test)));
}
