import fc from 'fast-check';
import { expect, it } from 'vitest';
import { id128 } from '../../../src/lib/hash.ts';
import { IdSet, idWords } from '../../../src/stores/duckdb/id-set.ts';

it('keeps a number for each id, like a Map', () => {
  const name = fc.integer({ min: 0, max: 400 }).map((number) => id128(String(number)));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.integer({ min: 1, max: 0xffffffff })), { maxLength: 500 }), (entries) => {
      const set = new IdSet();
      const map = new Map<string, number>();
      for (const [id, value] of entries) {
        set.set(idWords([id]), 0, value);
        map.set(id, value);
      }
      expect(set.size).toBe(map.size);
      for (const [id, value] of map) expect(set.get(idWords([id]), 0)).toBe(value);
      expect(set.get(idWords([id128('never set')]), 0)).toBe(0);
    }),
  );
});

it('tells ids apart by any of their first 96 bits', () => {
  const set = new IdSet();
  const id = '0'.repeat(32);
  set.set(idWords([id]), 0, 7);
  for (let digit = 0; digit < 24; digit++) {
    expect(set.get(idWords([`${id.slice(0, digit)}1${id.slice(digit + 1)}`]), 0)).toBe(0);
  }
  expect(set.get(idWords([id]), 0)).toBe(7);
});
