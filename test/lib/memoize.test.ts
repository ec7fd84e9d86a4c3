import { describe, expect, it } from 'vitest';
import { memoize } from '../../src/lib/memoize.ts';

describe('memoize', () => {
  it('asks once for a key, also where the answer is undefined', () => {
    const asked: string[] = [];
    const answer = memoize(10, (key: string) => {
      asked.push(key);
      return key === 'none' ? undefined : key.length;
    });
    expect([answer('a'), answer('none'), answer('a'), answer('none')]).toEqual([1, undefined, 1, undefined]);
    expect(asked).toEqual(['a', 'none']);
  });

  it('forgets what was asked for longest ago', () => {
    const asked: number[] = [];
    const answer = memoize(4, (key: number) => asked.push(key));
    for (const key of [1, 2, 1, 3, 1, 4, 1, 5, 1, 2]) answer(key);
    expect(asked).toEqual([1, 2, 3, 4, 5, 2]);
  });

  it('does not keep keys that are very long', () => {
    const asked: number[] = [];
    const answer = memoize(10, (key: string) => asked.push(key.length));
    answer('x'.repeat(2_000));
    answer('x'.repeat(2_000));
    expect(asked).toEqual([2_000, 2_000]);
  });
});
