import { expect, it } from 'vitest';
import { nearest } from '../../src/lib/nearest.ts';

it.each([
  ['netwroks', ['networks', 'roles', 'windows'], 'networks'],
  ['Networks', ['networks'], 'networks'],
  ['lsats', ['lasts', 'zone'], 'lasts'],
  ['enviroments', ['environments'], 'environments'],
  ['crno', ['cron', 'zone'], 'cron'],
  ['z', ['a'], undefined],
  ['owner', ['criticality', 'match'], undefined],
  ['', ['a'], undefined],
  ['x', [], undefined],
])('%s of %j is %s', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
