import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/core/json.ts';
import { isPrintOf, MAX_DEPTH } from '../../src/lib/json-size.ts';

const parse = (text: string): JsonValue => JSON.parse(text) as JsonValue;

test.each([
  '{}',
  '[]',
  '[1,2,3]',
  '{"a":[true,false,null,"x"],"b":{"c":-12}}',
  '{"a":"é🔑"}',
  '"text"',
  '0',
  '{"port":40123,"ttl":36000,"wrap":3600}',
])('%s is no more than its value', (text) => {
  expect(isPrintOf(text, parse(text))).toBe(true);
});

test.each([
  ['a key twice', '{"a":"x","a":"y"}'],
  ['a key twice, deep down', '{"b":[{"a":1,"a":2}]}'],
  ['spaces', '{"a": 1}'],
  ['a line break', '[1\n]'],
  ['an escape', '{"a":"\\n"}'],
  ['a fraction', '[0.5]'],
  ['an exponent', '[1e3]'],
  ['a large number', '[12345678901234567890]'],
  ['a number that could be written shorter, with room for a key that stands twice', '{"a":1e9,"":0,"":1}'],
])('%s', (_, text) => {
  expect(isPrintOf(text, parse(text))).toBe(false);
});

test('what is nested too deep is not walked', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(isPrintOf(nested(MAX_DEPTH), parse(nested(MAX_DEPTH)))).toBe(true);
  expect(isPrintOf(nested(MAX_DEPTH + 1), parse(nested(MAX_DEPTH + 1)))).toBe(false);
  expect(isPrintOf(nested(1_000_000), parse(nested(1_000_000)))).toBe(false);
});

describe('laws', () => {
  test('true means that the text is what would be printed', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        if (isPrintOf(text, parse(text))) expect(text).toBe(JSON.stringify(parse(text)));
      }),
    );
  });

  test('a member in front of its namesake is never taken for nothing', () => {
    const number = fc.constantFrom(
      '1e3',
      '1000',
      '1e5',
      '100000',
      '1e6',
      '7',
      '1000000',
      '1e9',
      '2e4',
      '"x"',
      '"1000"',
    );
    const members = fc.array(fc.tuple(fc.constantFrom('a', 'b', ''), number), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(members, (list) => {
        const text = `{${list.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
        const names = new Set(list.map(([name]) => name));
        if (names.size < list.length) expect(isPrintOf(text, parse(text))).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});
