import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex } from '../../src/rules/regex.ts';
import { necessaryParts } from '../../src/rules/regex-parts.ts';

describe('what a regular expression needs', () => {
  it.each([
    ['^legacy-client/7\\.', ['legacy-client/7.']],
    ['abc', ['abc']],
    ['ab?cde', ['cde']],
    ['ab*cde', ['cde']],
    ['abc+de', ['abc']],
    ['abcd{2,3}ef', ['abc']],
    ['ab{x', ['ab{x']],
    ['foo|barbaz', ['foo', 'barbaz']],
    ['foo(?:x|y)*bars', ['bars']],
    ['(foo)', undefined],
    ['foo|', undefined],
    ['a[bc|(]def', ['def']],
    ['[]|]abc', ['abc']],
    ['[[:alpha:]]|x', undefined],
    ['\\p{Greek}abc', ['abc']],
    ['\\x41bc', undefined],
    ['\\Qa.b\\E', undefined],
    ['(?i)abc', undefined],
    ['(?P<name>abc)def', ['def']],
    ['ΑΣ', undefined],
    ['', undefined],
    ['.', undefined],
  ])('%s: %j', (source, parts) => {
    expect(necessaryParts(source, '')).toEqual(parts);
  });

  it('is not known where case does not matter', () => {
    expect(necessaryParts('abc', 'i')).toBeUndefined();
  });

  it('is in each text that it matches', () => {
    const piece = fc.constantFrom('a', 'b', 'c', '.', 'a?', 'b+', 'c*', '(ab)', '(a|b)?', '[ab]', '|', '^', '$', '\\.', 'a{2}', '\\w', '(?:c)');
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 7 }), fc.array(text, { maxLength: 20 }), (pieces, texts) => {
        const source = pieces.join('');
        const regex = compileRegex(source, '');
        const parts = necessaryParts(source, '');
        if (!regex.ok || parts === undefined) return;
        for (const one of texts) {
          if (regex.value(one)) expect(parts.some((part) => one.includes(part)), `${source} in ${one}`).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
