import { describe, expect, it } from 'vitest';
import type { AccessKind, Outcome } from '../../src/core/event.ts';
import { ecsClass } from '../../src/lib/ecs.ts';

/** Expected event types by category, of https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  api: ['access', 'admin', 'allowed', 'change', 'creation', 'deletion', 'denied', 'end', 'info', 'start', 'user'],
  authentication: ['start', 'end', 'info'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
};
const KINDS: readonly (AccessKind | undefined)[] = [
  'read',
  'list',
  'write',
  'delete',
  'login',
  'admin',
  'audit',
  undefined,
];
const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'unknown'];

describe('ecsClass', () => {
  it.each(KINDS.flatMap((kind) => OUTCOMES.map((outcome) => [kind, outcome] as const)))(
    '%s, %s: types that ECS expects for the category',
    (kind, outcome) => {
      const { category, type } = ecsClass(kind, outcome);
      expect(type.length).toBeGreaterThan(0);
      for (const name of type) expect(category.some((bucket) => EXPECTED[bucket]?.includes(name))).toBe(true);
    },
  );

  it('tells reads from writes, and what was done from what nobody knows', () => {
    expect(ecsClass('read', 'failure')).toEqual({ category: ['configuration'], type: ['access'] });
    expect(ecsClass('write', 'success')).toEqual({ category: ['configuration'], type: ['change'] });
    expect(ecsClass('login', 'success')).toEqual({ category: ['authentication'], type: ['start'] });
    expect(ecsClass('read', 'unknown')).toEqual({ category: ['configuration'], type: ['info'] });
  });
});
