import { expect, test } from 'vitest';
import { optional } from '../../src/lib/optional.ts';

test('a property is there with its value, or not there', () => {
  expect(Object.keys({ ...optional('a', 1), ...optional('b', undefined) })).toEqual(['a']);
  expect(optional('a', false)).toEqual({ a: false });
  expect(optional('a', '')).toEqual({ a: '' });
  expect(optional('a', null)).toEqual({ a: null });
});

test('a name that objects inherit is a property like others', () => {
  expect(Object.hasOwn(optional('__proto__', 1), '__proto__')).toBe(true);
});
