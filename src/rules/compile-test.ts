import { networkSet } from '../lib/cidr.ts';
import { datePart } from './date-part.ts';
import { compilePattern, fold, literalOf, type Pattern } from './pattern.ts';
import type { NumberOperator, Test } from './syntax.ts';
import { textOf } from './value-text.ts';

/** Asks one value; absent fields are undefined, and arrays are asked element by element. */
export type ValueTest = (value: unknown) => boolean;

type TextTest = Extract<Test, { kind: 'text' }>;

/** True where one of the tests is; texts are compared with all of them at once. References ask more than one value. */
export function compileTests(tests: readonly Test[]): ValueTest {
  const single = tests.flatMap(alternativesOf);
  const texts = single.filter((test) => test.kind === 'text');
  const others = single
    .filter((test) => test.kind !== 'text' && test.kind !== 'any' && test.kind !== 'reference')
    .map(compileOther);
  const compiled = texts.length === 0 ? others : [compileTexts(texts), ...others];
  const [only] = compiled;
  if (compiled.length === 1 && only !== undefined) return only;
  return (value) => compiled.some((test) => test(value));
}

/** What a test stands for, one by one. */
export function alternativesOf(test: Test): readonly Test[] {
  return test.kind === 'any' ? test.tests.flatMap(alternativesOf) : [test];
}

/** The tests of an item are cased all together or not at all. */
function compileTexts(tests: readonly TextTest[]): ValueTest {
  const matches = compilePatterns(tests);
  return (value) => {
    if (typeof value === 'string') return matches(value);
    const text = value === undefined ? undefined : textOf(value);
    return text !== undefined && matches(text);
  };
}

/** True where one of the patterns matches the text; folds it at most once. */
export function compilePatterns(tests: readonly TextTest[]): (text: string) => boolean {
  const patterns = tests.map(({ pattern }) => pattern);
  if (tests.some(({ cased }) => cased)) return compileAny(patterns);
  const folded = patterns.map((pattern) => pattern.map((piece) => (typeof piece === 'string' ? fold(piece) : piece)));
  const [literal] = folded.map(literalOf);
  if (literal !== undefined && folded.length === 1) return equalsFolded(literal);
  const matches = compileAny(folded);
  return (text) => matches(fold(text));
}

/**
 * Mostly decided without folding: folding changes no text's length, but for `İ`, whose second character has this code.
 */
function equalsFolded(literal: string): (text: string) => boolean {
  if (literal.includes('\u0307')) return (text) => fold(text) === literal;
  const { length } = literal;
  return (text) => text === literal || (text.length === length && fold(text) === literal);
}

function compileAny(patterns: readonly Pattern[]): (text: string) => boolean {
  const literals = new Set(patterns.flatMap((pattern) => literalOf(pattern) ?? []));
  const wild = patterns.filter((pattern) => literalOf(pattern) === undefined).map(compilePattern);
  const [one] = wild;
  if (wild.length === 0) return (text) => literals.has(text);
  if (wild.length === 1 && literals.size === 0 && one !== undefined) return one;
  return (text) => literals.has(text) || wild.some((matches) => matches(text));
}

/** How many addresses one network remembers. */
const ADDRESSES_REMEMBERED = 4_096;

function compileOther(test: Exclude<Test, { kind: 'text' | 'any' | 'reference' }>): ValueTest {
  switch (test.kind) {
    case 'null':
      return (value) => value === undefined || value === null;
    case 'exists':
      return (value) => (value !== undefined) === test.present;
    case 'regex':
      return (value) => {
        const text = textOf(value);
        return text !== undefined && test.matches(text);
      };
    case 'cidr': {
      const networks = networkSet([test.network], ADDRESSES_REMEMBERED);
      return (value) => typeof value === 'string' && networks.has(value) === true;
    }
    case 'number': {
      const compare = COMPARE[test.operator];
      return (value) => {
        const number = numberOf(value);
        return number !== undefined && compare(number, test.bound);
      };
    }
    case 'date':
      return (value) => typeof value === 'string' && datePart(value, test.part) === test.number;
  }
}

const COMPARE: Readonly<Record<NumberOperator, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

/** A number, or a text that is one: vendors quote some. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.length <= DIGITS_LIMIT && NUMBER.test(value) ? Number(value) : undefined;
}

const NUMBER = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const DIGITS_LIMIT = 64;
