import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { compareAlerts } from '../../src/detect/compare-alerts.ts';
import { alert } from '../alerts/alert.ts';

const base = alert();
const at = (first: string, last: string, more: Partial<Alert> = {}): Alert => ({
  ...base,
  id: `${first}-${last}`,
  first: `2025-03-15T${first}Z`,
  opened: `2025-03-15T${last}Z`,
  last: `2025-03-15T${last}Z`,
  ...more,
});
const one = at('02:00:00', '02:05:00');

describe('alerts of two sets of rules', () => {
  it('that are the same are neither gained nor lost', () => {
    expect(compareAlerts([one], [{ ...one }])).toEqual({ before: 1, after: 1, gained: [], lost: [], changed: [] });
  });

  it('of one group and time are the same alert, whenever it opened; with other hits it is changed', () => {
    const earlier = { ...one, id: 'x', opened: '2025-03-15T02:01:00Z' };
    expect(compareAlerts([one], [earlier]).changed).toEqual([]);
    const more = { ...earlier, count: one.count + 1 };
    expect(compareAlerts([one], [more])).toMatchObject({
      gained: [],
      lost: [],
      changed: [{ before: one, after: more }],
    });
  });

  it.each([
    ['another time', at('04:00:00', '04:05:00')],
    ['another group', { ...one, id: 'g', group: { 'whosaw.actor.id': 'eve' } }],
    ['another rule', { ...one, id: 'r', rule: { ...one.rule, id: 'other' } }],
  ])('of %s are others', (_, other) => {
    expect(compareAlerts([one], [other])).toMatchObject({ gained: [other], lost: [one], changed: [] });
  });

  it('are paired once: two where there was one is one more', () => {
    const halves = [at('02:00:00', '02:01:00', { count: 3 }), at('02:04:00', '02:05:00', { count: 3 })];
    expect(compareAlerts([one], halves)).toMatchObject({
      gained: [halves[1]],
      lost: [],
      changed: [{ after: halves[0] }],
    });
  });

  it('that are superseded, or go on from another, do not count', () => {
    const others = [
      { ...one, id: 's', superseded_by: 'x' },
      { ...one, id: 'c', continues: one.id },
    ];
    expect(compareAlerts([one, ...others], [])).toMatchObject({ before: 1, after: 0, lost: [one] });
  });
});
