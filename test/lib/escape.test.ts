import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText } from '../../src/lib/escape.ts';

const code = (value: number): string => String.fromCodePoint(value);

test.each([
  ['a line break', 'a\nb', 'a\\nb'],
  ['a carriage return', 'a\rb', 'a\\rb'],
  ['a tab', 'a\tb', 'a\\tb'],
  ['NUL', 'a\u0000b', 'a\\u0000b'],
  ['a terminal escape', '\u001b[31mred', '\\u001b[31mred'],
  ['DEL', '\u007f', '\\u007f'],
  ['the C1 control sequence introducer', '\u009b31m', '\\u009b31m'],
  ['a right-to-left override', 'a\u202egpj.exe', 'a\\u202egpj.exe'],
  ['an isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
  ['a zero width space', 'pass\u200bword', 'pass\\u200bword'],
  ['a word joiner', '\u2060', '\\u2060'],
  ['a byte order mark', '\ufeff', '\\ufeff'],
  ['a soft hyphen', '\u00ad', '\\u00ad'],
  ['a line separator', '\u2028', '\\u2028'],
  ['a paragraph separator', '\u2029', '\\u2029'],
  ['a tag character', code(0xe0041), '\\u{e0041}'],
  ['a variation selector', `x${code(0xe0100)}`, 'x\\u{e0100}'],
  ['a filler', '\u3164\u115f', '\\u3164\\u115f'],
  ['a high surrogate that stands alone', 'a\ud83db', 'a\\ud83db'],
  ['a low surrogate that stands alone', 'a\udd11b', 'a\\udd11b'],
])('%s', (_, text, expected) => {
  expect(escapeText(text)).toBe(expected);
});

test.each([
  '',
  'secret/production/db-password',
  'данные/🔑 key',
  'été',
  '日本語',
  'שלום',
  '<img src=x onerror=alert(1)>',
  '\'"\\',
])('%s stays', (text) => {
  expect(escapeText(text)).toBe(text);
});

describe('laws', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer({ min: 0, max: 0xffff }).map((value) => String.fromCharCode(value)),
  );
  const text = fc.array(unit).map((parts) => parts.join(''));

  test('nothing is left that a terminal obeys or does not show', () => {
    fc.assert(
      fc.property(text, (value) => {
        const escaped = escapeText(value);
        expect(escaped).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        expect(escaped.isWellFormed()).toBe(true);
        expect(escapeText(escaped)).toBe(escaped);
      }),
    );
  });

  test('every character below 0x2100 is seen as itself or as an escape of its own', () => {
    const seen = new Set(Array.from({ length: 0x2100 }, (_, value) => escapeText(code(value))));
    expect(seen.size).toBe(0x2100);
    for (let value = 0; value < 0x20; value++) expect(escapeText(code(value))).toMatch(/^\\/);
    for (let value = 0x7f; value < 0xa0; value++) expect(escapeText(code(value))).toMatch(/^\\u00/);
  });
});
