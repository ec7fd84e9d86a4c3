import fc from 'fast-check';
import { expect, test } from 'vitest';
import { id128, sha256 } from '../../src/lib/hash.ts';

test('sha256 is the one of FIPS 180-4, of text in UTF-8 and of bytes', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256(Buffer.from('ключ'))).toBe(sha256('ключ'));
});

test('id128 is the first half of the hash of the parts, with NUL between them', () => {
  expect(id128('abc')).toBe('ba7816bf8f01cfea414140de5dae2223');
  expect(id128('a', 'b')).toBe(sha256('a\u0000b').slice(0, 32));
});

test.each([
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  [['a', ''], ['a']],
  [[], ['', '']],
  [['a', 'b'], ['a\u0000b']],
  [['a\u0001a'], ['a\u0000']],
  [
    ['\u0001', ''],
    ['\u0001b', ''],
  ],
])('%j and %j are not the same', (one, other) => {
  expect(id128(...one)).not.toBe(id128(...other));
});

test('other parts are another id, whatever characters they hold', () => {
  const part = fc.array(fc.constantFrom('\u0000', '\u0001', 'a', 'b')).map((chars) => chars.join(''));
  const parts = fc.array(part, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(id128(...one) === id128(...other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2_000 },
  );
});
