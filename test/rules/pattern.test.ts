import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, fold, parsePattern, surround } from '../../src/rules/pattern.ts';

type Naive = readonly ('*' | '?' | { readonly char: string })[];

/** The rules of escaping, character by character. */
function readNaively(text: string): Naive {
  const escape = /^\\([\\*?])/.exec(text);
  if (text === '') return [];
  if (escape?.[1] !== undefined) return [{ char: escape[1] }, ...readNaively(text.slice(2))];
  const [char = ''] = text;
  return [char === '*' || char === '?' ? char : { char }, ...readNaively(text.slice(char.length))];
}

function matchesNaively(pattern: Naive, text: readonly string[]): boolean {
  const [piece, ...rest] = pattern;
  if (piece === undefined) return text.length === 0;
  if (piece === '*') return matchesNaively(rest, text) || (text.length > 0 && matchesNaively(pattern, text.slice(1)));
  return text.length > 0 && (piece === '?' || piece.char === text[0]) && matchesNaively(rest, text.slice(1));
}

const piece = fc.constantFrom('a', 'b', 'é', '😀', '*', '?', '\\', '\\*', '\\?', '\\\\', '\n');
const patterns = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const texts = fc
  .array(fc.constantFrom('a', 'b', 'é', '😀', '*', '?', '\\', '\n'), { maxLength: 9 })
  .map((chars) => chars.join(''));

describe('a pattern', () => {
  it('matches what the naive reading of Sigma says', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(compilePattern(parsePattern(pattern))(text)).toBe(
          matchesNaively(readNaively(pattern), Array.from(text)),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('with a star before and after matches like the same text between stars', () => {
    fc.assert(
      fc.property(patterns, texts, fc.boolean(), fc.boolean(), (pattern, text, before, after) => {
        const naive: Naive = [
          ...(before ? ['*' as const] : []),
          ...readNaively(pattern),
          ...(after ? ['*' as const] : []),
        ];
        const compiled = compilePattern(surround(parsePattern(pattern), before, after));
        expect(compiled(text)).toBe(matchesNaively(naive, Array.from(text)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes time linear in the text', () => {
    const matches = compilePattern(parsePattern('*a?*a?*a?*a?*b'));
    expect(matches('a'.repeat(200_000))).toBe(false);
  });
});

describe('folding', () => {
  it('keeps the length of every character but one', () => {
    const changed: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const char = String.fromCodePoint(code);
      if (fold(char).length !== char.length) changed.push(char);
    }
    expect(changed).toEqual(['İ']);
    expect(fold('İ')).toContain('\u0307');
  });
});
