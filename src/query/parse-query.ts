import { fail, ok, type Result } from '../core/result.ts';
import { nearest } from '../lib/nearest.ts';
import { FIELD_NAMES, queryField, RECORD, type QueryField } from './query-field.ts';
import type { Comparison, Query, ValueTest } from './syntax.ts';
import { tokensOf, type QueryProblem, type Token } from './tokens.ts';
import { comparisonTest, equalityTest, type WrittenValue } from './value-test.ts';

export type { QueryProblem } from './tokens.ts';

/** Deeper brackets are a mistake. */
const DEPTH_LIMIT = 100;
const TERMS_LIMIT = 10_000;

/**
 * A subset of the Kibana Query Language: `field: value`, `field: (a or b)`, `field >= value`, `*` within values and
 * names, `and`, `or`, `not`, brackets. The same text means the same in Kibana. `nowMs` is what `now` stands for.
 */
export function parseQuery(text: string, nowMs: number): Result<Query, QueryProblem> {
  const tokens = tokensOf(text);
  if (!tokens.ok) return tokens;
  try {
    return ok(new Parser(tokens.value, nowMs).parse());
  } catch (error) {
    if (error instanceof Failure) return fail(error.problem);
    throw error;
  }
}

/** Stays within this file: recursive descent ends at the first problem. */
class Failure extends Error {
  readonly problem: QueryProblem;

  constructor(column: number, message: string) {
    super(message);
    this.problem = { column, message };
  }
}

type ValueToken = Extract<Token, { kind: 'value' }>;
type MakeTest = (field: QueryField) => Result<ValueTest, string>;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #nowMs: number;
  #at = 0;
  #depth = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], nowMs: number) {
    this.#tokens = tokens;
    this.#nowMs = nowMs;
  }

  parse(): Query {
    if (this.#peek().kind === 'end') return { kind: 'everything' };
    const query = this.#or(() => this.#term());
    const { kind, column } = this.#peek();
    if (kind === ')') throw new Failure(column, 'no bracket is open that `)` would close');
    if (kind !== 'end') throw new Failure(column, `missing \`and\` or \`or\` before ${this.#quote()}`);
    return query;
  }

  #or(term: () => Query): Query {
    const terms = [this.#and(term)];
    while (this.#take('or')) terms.push(this.#and(term));
    return terms.length === 1 ? (terms[0] ?? EVERYTHING) : { kind: 'any', terms };
  }

  #and(term: () => Query): Query {
    const terms = [this.#not(term)];
    while (this.#take('and')) terms.push(this.#not(term));
    return terms.length === 1 ? (terms[0] ?? EVERYTHING) : { kind: 'all', terms };
  }

  #not(term: () => Query): Query {
    let isNegated = false;
    while (this.#take('not')) isNegated = !isNegated;
    const found = this.#brackets(term) ?? term();
    return isNegated ? { kind: 'not', term: found } : found;
  }

  #brackets(term: () => Query): Query | undefined {
    const { column } = this.#peek();
    if (!this.#take('(')) return undefined;
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw new Failure(column, `more than ${DEPTH_LIMIT} brackets within each other`);
    const query = this.#or(term);
    const after = this.#peek();
    if (!this.#take(')')) {
      const message =
        after.kind === 'end'
          ? 'the bracket that opens here is not closed'
          : `missing \`and\` or \`or\` before ${this.#quote()}`;
      throw new Failure(after.kind === 'end' ? column : after.column, message);
    }
    this.#depth -= 1;
    return query;
  }

  /** `field: value`, `field >= value`, or a value alone. */
  #term(): Query {
    const name = this.#value('a field or a value');
    if (this.#take(':')) return this.#ofField(name);
    const comparison = this.#comparison();
    if (comparison === undefined) return this.#anywhere(this.#joined(name));
    const bound = this.#joined(this.#value('a value'));
    return this.#asked(name, bound, (field) => comparisonTest(field, comparison, bound, this.#nowMs));
  }

  #ofField(name: ValueToken): Query {
    const one = (): Query => {
      const value = this.#joined(this.#value('a value'));
      return this.#asked(name, value, (field) => equalityTest(field, value, this.#nowMs));
    };
    return this.#brackets(one) ?? one();
  }

  #comparison(): Comparison | undefined {
    for (const [token, comparison] of COMPARISONS) if (this.#take(token)) return comparison;
    return undefined;
  }

  /** Words beside each other are one value. */
  #joined(first: ValueToken): ValueToken {
    let value = first;
    for (let next = this.#peek(); next.kind === 'value' && !first.isQuoted && !next.isQuoted; next = this.#peek()) {
      const after = this.#tokens[this.#at + 1]?.kind;
      if (after === ':' || COMPARISONS.some(([token]) => token === after)) break;
      this.#at += 1;
      const [head = '', ...tail] = next.parts;
      value = { ...value, parts: [...value.parts.slice(0, -1), `${value.parts.at(-1) ?? ''} ${head}`, ...tail] };
    }
    return value;
  }

  #asked(name: ValueToken, value: ValueToken, make: MakeTest): Query {
    const fields = fieldsOf(name);
    const terms: Query[] = [];
    let refused: string | undefined;
    for (const field of fields) {
      const test = make(field);
      if (test.ok) terms.push({ kind: 'field', field: field.name, test: test.value });
      else refused = test.error;
    }
    // Of several fields those count that can take the value.
    if (terms.length === 0) throw new Failure(value.column, refused ?? 'no field takes this value');
    return this.#anyOf(terms, value);
  }

  /** In any field, whole. */
  #anywhere(value: WrittenValue & { readonly column: number }): Query {
    const terms = FIELD_NAMES.flatMap((name): Query[] => {
      const field = queryField(name);
      if (field === undefined || (field.type !== 'keyword' && field.type !== 'keywords')) return [];
      const test = equalityTest({ name, type: field.type }, value, this.#nowMs);
      return test.ok ? [{ kind: 'field', field: name, test: test.value }] : [];
    });
    return this.#anyOf(terms, value);
  }

  #anyOf(terms: readonly Query[], { column }: { readonly column: number }): Query {
    this.#terms += terms.length;
    if (this.#terms > TERMS_LIMIT) throw new Failure(column, `more than ${TERMS_LIMIT} conditions`);
    const [only] = terms;
    return terms.length === 1 && only !== undefined ? only : { kind: 'any', terms };
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', column: 1 };
  }

  #take(kind: Token['kind']): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#at += 1;
    return true;
  }

  #value(what: string): ValueToken {
    const token = this.#peek();
    if (token.kind !== 'value') throw new Failure(token.column, `${what} is missing before ${this.#quote()}`);
    this.#at += 1;
    return token;
  }

  #quote(): string {
    const token = this.#peek();
    if (token.kind === 'end') return 'the end';
    return `\`${token.kind === 'value' ? token.parts.join('*') : token.kind}\``;
  }
}

const EVERYTHING: Query = { kind: 'everything' };
const COMPARISONS: readonly (readonly [Token['kind'], Comparison])[] = [
  ['<', 'lt'],
  ['<=', 'lte'],
  ['>', 'gt'],
  ['>=', 'gte'],
];

function fieldsOf({ parts, column }: ValueToken): readonly QueryField[] {
  const [name = ''] = parts;
  if (parts.length === 1) {
    const field = queryField(name);
    if (field === undefined) throw new Failure(column, unknownField(name));
    return [field];
  }
  const matches = wildcard(parts);
  const fields = FIELD_NAMES.filter(matches).flatMap((known) => queryField(known) ?? []);
  if (fields.length === 0) throw new Failure(column, `no field has a name like \`${parts.join('*')}\``);
  return fields;
}

function unknownField(name: string): string {
  const lower = name.toLowerCase();
  const meant = FIELD_NAMES.find((known) => known.endsWith(`.${lower}`)) ?? nearest(name, FIELD_NAMES);
  const hint = meant === undefined ? `the vendor's own are under \`${RECORD}\`` : `did you mean \`${meant}\`?`;
  return `there is no field \`${name}\`; ${hint}`;
}

/** Whether a text has the parts in their order, the first at its beginning, the last at its end. */
export function wildcard(parts: readonly string[]): (text: string) => boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
