import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellQuote } from '../../src/lib/shell-quote.ts';

test.each([
  ['secret/db-password', 'secret/db-password'],
  ['person:sam@example.org', 'person:sam@example.org'],
  ['2025-03-15T02:36Z', '2025-03-15T02:36Z'],
  ['a=b', 'a=b'],
  ['', "''"],
  ['=cmd', "'=cmd'"],
  ['a b', "'a b'"],
  ["it's", `'it'\\''s'`],
  ['$(reboot)', "'$(reboot)'"],
  ['`x`;|&<>*?[]{}!#~"\\', `'\`x\`;|&<>*?[]{}!#~"\\'`],
  ['a\nb', "'a\nb'"],
  ['ключ', "'ключ'"],
])('%j', (text, expected) => {
  expect(shellQuote(text)).toBe(expected);
});

test('a shell reads each text as one word, as it was', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom("'", '"', '\\', '$', '`', ' ', '\n', '\t', '!', '*', '~', '-', '=', '(', 'x'))
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(
      fc.array(
        word.map((text) => text.replaceAll('\u0000', '').toWellFormed()),
        { minLength: 1, maxLength: 20 },
      ),
      (texts) => {
        const output = execFileSync('sh', ['-c', `printf '%s\\0' ${texts.map(shellQuote).join(' ')}`], {
          encoding: 'utf8',
        });
        expect(output).toBe(texts.map((text) => `${text}\u0000`).join(''));
      },
    ),
    { numRuns: 60 },
  );
});
