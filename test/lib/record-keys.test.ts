import { expect, test } from 'vitest';
import { keysOf } from '../../src/lib/record-keys.ts';

test('the names of a record, as they stand', () => {
  expect(keysOf({ time: 1, type: 2, ['__proto__']: 3 })).toEqual(['time', 'type', '__proto__']);
  expect(keysOf({})).toEqual([]);
});

test('not all of many, not all of a long one, and none that is a credential', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]));
  expect(keysOf(many)).toHaveLength(32);
  expect(keysOf({ ['x'.repeat(1_000)]: 1 })).toEqual(['x'.repeat(64)]);
  expect(keysOf({ 'hvs.CAESIJ0123456789012345678901234567890': 1 })).toEqual(['[redacted]']);
});
