import { compileExpression } from './compile-expression.ts';
import type { Fields } from './fields.ts';
import type { Expression, Item } from './syntax.ts';
import { textOf } from './value-text.ts';

/** What an event made of an expression, in the words of the rule. */
export interface Trace {
  readonly holds: boolean;
  /** A search identifier or a line of a search, each also behind `not`; `all of`, `one of`, `not`. */
  readonly text: string;
  /** Of a line: what the event has there. */
  readonly found?: string;
  readonly terms: readonly Trace[];
}

/** Goes through an expression line by line. */
export function trace<T>(expression: Expression, fields: Fields<T>, subject: T): Trace {
  const truths = truthsOf(expression, fields, subject);
  const visit = (given: Expression): Trace => {
    const one = unwrap(given);
    const holds = decide(one, truths);
    switch (one.kind) {
      case 'item':
        return { holds, text: one.text, found: found(one, fields, subject), terms: [] };
      case 'search':
        return { holds, text: one.name, terms: partsOf(unwrap(one.term)).map(visit) };
      case 'not': {
        const term = unwrap(one.term);
        const inner = visit(term);
        const isNamed = term.kind === 'search' || term.kind === 'item';
        return isNamed ? { ...inner, holds, text: `not ${inner.text}` } : { holds, text: 'not', terms: [inner] };
      }
      case 'all':
      case 'any':
        return { holds, text: one.kind === 'all' ? 'all of' : 'one of', terms: one.terms.map(visit) };
    }
  };
  return visit(expression);
}

/** A list of one is that one. */
function unwrap(expression: Expression): Expression {
  if (expression.kind !== 'all' && expression.kind !== 'any') return expression;
  const [only] = expression.terms;
  return only !== undefined && expression.terms.length === 1 ? unwrap(only) : expression;
}

/** All lines of a search hold unless it says otherwise. */
function partsOf(term: Expression): readonly Expression[] {
  return term.kind === 'all' ? term.terms : [term];
}

/** A line, and what it would have to become for the expression to be decided the other way. */
export interface Turn {
  readonly item: Item;
  readonly becomes: 'true' | 'false';
}

/** The lines of which each alone, were it otherwise, would decide the expression the other way. */
export function turnsOf<T>(expression: Expression, fields: Fields<T>, subject: T): readonly Turn[] {
  const truths = truthsOf(expression, fields, subject);
  const outcome = decide(expression, truths);
  return Array.from(truths.keys())
    .slice(0, LINES_TURNED)
    .flatMap((item): Turn[] => {
      const holds = truths.get(item) === true;
      const turned = decide(expression, new Map(truths).set(item, !holds));
      return turned === outcome ? [] : [{ item, becomes: holds ? 'false' : 'true' }];
    });
}

/** Nobody reads further, and each is decided anew. */
const LINES_TURNED = 1_000;

type Truths = ReadonlyMap<Item, boolean>;

function truthsOf<T>(expression: Expression, fields: Fields<T>, subject: T): Truths {
  const truths = new Map<Item, boolean>();
  const visit = (one: Expression): void => {
    if (one.kind === 'item') {
      if (!truths.has(one)) truths.set(one, compileExpression(one, fields)(subject));
    } else if (one.kind === 'search' || one.kind === 'not') visit(one.term);
    else for (const term of one.terms) visit(term);
  };
  visit(expression);
  return truths;
}

function decide(expression: Expression, truths: Truths): boolean {
  switch (expression.kind) {
    case 'item':
      return truths.get(expression) === true;
    case 'search':
      return decide(expression.term, truths);
    case 'not':
      return !decide(expression.term, truths);
    case 'all':
      return expression.terms.every((term) => decide(term, truths));
    case 'any':
      return expression.terms.some((term) => decide(term, truths));
  }
}

const VALUE_SHOWN = 80;

function found<T>({ field }: Item, fields: Fields<T>, subject: T): string {
  if (field === undefined) return '';
  const value = fields.reader(field)(subject);
  if (value === undefined) return 'absent';
  const text = Array.isArray(value) ? JSON.stringify(value) : (textOf(value) ?? 'null');
  return text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}...` : text;
}
