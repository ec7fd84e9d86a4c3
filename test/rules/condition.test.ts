import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorsOf, matches, rule, warningsOf } from './rule-text.ts';

const NAMES = ['a1', 'a2', 'b', '_h'] as const;

/** A condition as a tree, and its text with as few brackets as the grammar needs, or with more. */
type Tree =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'of'; readonly text: string; readonly every: boolean; readonly names: readonly string[] }
  | { readonly kind: 'not'; readonly term: Tree }
  | { readonly kind: 'and' | 'or'; readonly left: Tree; readonly right: Tree };

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom(...NAMES).map((name): Tree => ({ kind: 'name', name })),
  fc.constantFrom<Tree>(
    { kind: 'of', text: '1 of them', every: false, names: ['a1', 'a2', 'b'] },
    { kind: 'of', text: 'all of them', every: true, names: ['a1', 'a2', 'b'] },
    { kind: 'of', text: 'any of a*', every: false, names: ['a1', 'a2'] },
    { kind: 'of', text: 'all of a*', every: true, names: ['a1', 'a2'] },
    { kind: 'of', text: '1 of *2', every: false, names: ['a2'] },
    { kind: 'of', text: 'all of nothing*', every: false, names: [] },
  ),
);
const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constant('not' as const), term: tie('tree') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('tree'), right: tie('tree') }),
  ),
})).tree;

const STRENGTH = { or: 0, and: 1, not: 2, of: 3, name: 3 } as const;

function print(node: Tree, brackets: boolean): string {
  const inner = (child: Tree): string => {
    const text = print(child, brackets);
    return brackets || STRENGTH[child.kind] < STRENGTH[node.kind] ? `(${text})` : text;
  };
  switch (node.kind) {
    case 'name':
      return node.name;
    case 'of':
      return node.text;
    case 'not':
      return `not ${inner(node.term)}`;
    case 'and':
    case 'or':
      return `${inner(node.left)} ${node.kind} ${inner(node.right)}`;
  }
}

function holds(node: Tree, values: Readonly<Record<string, boolean>>): boolean {
  switch (node.kind) {
    case 'name':
      return values[node.name] === true;
    case 'of':
      return node.every
        ? node.names.every((name) => values[name] === true)
        : node.names.some((name) => values[name] === true);
    case 'not':
      return !holds(node.term, values);
    case 'and':
      return holds(node.left, values) && holds(node.right, values);
    case 'or':
      return holds(node.left, values) || holds(node.right, values);
  }
}

const SEARCHES = NAMES.map((name) => `${name}:\n  ${name}: true\n`).join('');
const values = fc.record({ a1: fc.boolean(), a2: fc.boolean(), b: fc.boolean(), _h: fc.boolean() });

describe('a condition', () => {
  it('means what a naive reading of its tree means', () => {
    fc.assert(
      fc.property(tree, values, fc.boolean(), (node, document, brackets) => {
        expect(matches(`${SEARCHES}condition: ${print(node, brackets)}`, document)).toBe(holds(node, document));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of several texts is their disjunction', () => {
    const detection = `${SEARCHES}condition: [a1 and a2, b]`;
    expect(matches(detection, { b: true })).toBe(true);
    expect(matches(detection, { a1: true, a2: true })).toBe(true);
    expect(matches(detection, { a1: true })).toBe(false);
  });

  it('can be folded over lines', () => {
    expect(matches(`${SEARCHES}condition: >\n  a1\n  and\n  not b`, { a1: true })).toBe(true);
  });
});

const at = (column: number, message: string): string => `rule.yml:6:${column + 13}: ${message}`;

describe('a condition that can not be read says where and why', () => {
  it.each([
    ['a and c', 7, 'there is no search identifier `c`'],
    ['a and aa', 7, 'there is no search identifier `aa`; did you mean `a`?'],
    ['a AND a', 3, 'unexpected `AND`'],
    ['NOT a', 1, 'unexpected `NOT`; operators are lower case'],
    ['a and or a', 7, 'unexpected `or`; operators are lower case'],
    ['(a', 1, 'this bracket is never closed'],
    ['(a a)', 4, 'unexpected `a`'],
    ['a)', 2, 'unexpected `)`'],
    ['()', 2, 'unexpected `)`'],
    ['a a', 3, 'unexpected `a`'],
    ['2 of a*', 1, 'not supported: `2 of`; write `1 of` or `all of`'],
    ['1 of', 1, 'a pattern or `them` must follow `of`'],
    ['a | count() > 5', 3, 'not supported: aggregation after `|`; Sigma 2 has correlations for it'],
    ['a | near b', 3, 'not supported: aggregation after `|`; Sigma 2 has correlations for it'],
  ])('%s', (condition, column, message) => {
    expect(errorsOf(rule(`a:\n  x: 1\ncondition: ${condition}`))).toEqual([at(column, message)]);
  });

  it('that ends too early', () => {
    expect(errorsOf(rule('a:\n  x: 1\ncondition: a and'))).toEqual([
      at(1, 'the condition ends where a search identifier should follow'),
    ]);
  });

  it('in quotes', () => {
    expect(errorsOf(rule('a:\n  x: 1\ncondition: "a and c"'))).toEqual([at(8, 'there is no search identifier `c`')]);
  });

  it.each(['(', 'not '])('of endless %s', (word) => {
    const [error] = errorsOf(rule(`a:\n  x: 1\ncondition: ${word.repeat(50_000)}a`));
    expect(error).toContain('the condition nests too deeply');
  });

  it.each(['[]', '3', '{ a: b }', '', '[a, [a]]'])('%s', (condition) => {
    expect(errorsOf(rule(`a:\n  x: 1\ncondition: ${condition}`))).toHaveLength(1);
  });

  it('is missing', () => {
    expect(errorsOf(rule('a:\n  x: 1'))).toEqual(['rule.yml:4:3: a `condition` is missing']);
  });
});

describe('a condition that is probably not meant so is warned of', () => {
  it('where a pattern names nothing', () => {
    const text = rule('a:\n  x: 1\ncondition: a or 1 of filter_*');
    expect(warningsOf(text)).toEqual([at(11, 'no search identifier is named by `filter_*`: this never matches')]);
  });

  it('where it leaves a search out', () => {
    const text = rule('a:\n  x: 1\nfilter:\n  y: 1\n_note:\n  z: 1\ncondition: a');
    expect(warningsOf(text)).toEqual(['rule.yml:6:3: the condition does not use `filter`']);
  });
});
