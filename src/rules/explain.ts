import { compileExpression } from './compile-expression.ts';
import type { Fields } from './fields.ts';
import type { Expression, Item } from './syntax.ts';
import { trace, type Trace } from './trace.ts';
import { textOf } from './value-text.ts';

/** Why an event does not match, for the person who wrote the rule; undefined where it does. */
export function explainMiss<T>(expression: Expression, fields: Fields<T>, subject: T): string | undefined {
  if (compileExpression(expression, fields)(subject)) return undefined;
  switch (expression.kind) {
    case 'all':
      return firstOf(expression.terms.map((term) => explainMiss(term, fields, subject)));
    case 'any':
      return explainAny(expression.terms, fields, subject);
    case 'not':
      return `${nameOf(expression.term)} holds`;
    case 'search': {
      const reason = explainMiss(expression.term, fields, subject);
      return reason && `in \`${expression.name}\`, ${reason}`;
    }
    case 'item':
      return `\`${expression.text}\` does not hold: ${found(expression, fields, subject)}`;
  }
}

const LINES_SHOWN = 4;

/** Which lines an event that matches meets, and with what, for the person who wrote the rule. */
export function explainMatch<T>(expression: Expression, fields: Fields<T>, subject: T): string {
  const lines = metLines(trace(expression, fields, subject));
  const more = lines.length - LINES_SHOWN;
  return [...lines.slice(0, LINES_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function metLines({ holds, text, found: value = '', terms }: Trace): readonly string[] {
  if (!holds || text.startsWith('not')) return [];
  return terms.length > 0 ? terms.flatMap(metLines) : [`\`${text}\` (${value})`];
}

const ALTERNATIVES_SHOWN = 3;

function explainAny<T>(terms: readonly Expression[], fields: Fields<T>, subject: T): string {
  if (terms.length === 0) return 'it names nothing that could match';
  const reasons = terms.slice(0, ALTERNATIVES_SHOWN).map((term) => explainMiss(term, fields, subject));
  return reasons.filter((reason) => reason !== undefined).join('; and ');
}

function firstOf(reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}

function nameOf(expression: Expression): string {
  if (expression.kind === 'search') return `\`${expression.name}\``;
  return expression.kind === 'item' ? `\`${expression.text}\`` : 'what follows `not`';
}

const VALUE_SHOWN = 80;

function found<T>({ field }: Item, fields: Fields<T>, subject: T): string {
  if (field === undefined) return 'no value of the record holds it';
  const value = fields.reader(field)(subject);
  if (value === undefined) return `\`${field}\` is absent`;
  const text = Array.isArray(value) ? JSON.stringify(value) : (textOf(value) ?? 'null');
  return `\`${field}\` is ${text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}...` : text}`;
}
