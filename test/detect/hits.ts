import type { Hit } from '../../src/core/hit.ts';
import type { Correlation } from '../../src/core/rule.ts';
import type { EventHits } from '../../src/detect/correlate.ts';

export const MINUTE_US = 60_000_000;
/** 12:00 UTC of a fixed day. */
export const NOON_US = Date.UTC(2026, 0, 15, 12) * 1_000;

export function correlation(over: Partial<Correlation> = {}): Correlation {
  return {
    meta: {
      key: 'rule',
      title: 'A rule',
      status: 'stable',
      level: 'medium',
      tags: [],
      falsepositives: [],
      file: 'rule.yml',
      line: 1,
    },
    type: 'event_count',
    rules: ['base'],
    knownBy: [],
    groupBy: ['actor'],
    absentIsValue: false,
    timespanMs: 5 * 60_000,
    condition: { gte: 3 },
    ...over,
  };
}

/** 32 hex digits. */
export function eventId(number: number): string {
  return number.toString(16).padStart(8, '0').repeat(4);
}

export function hit(number: number, timeUs: number, over: Partial<Hit> = {}): Hit {
  return {
    correlation: 0,
    base: 0,
    group: ['ana'],
    timeUs,
    eventId: eventId(number),
    accessId: eventId(number),
    ...over,
  };
}

/** Each hit as an event of its own. */
export function events(hits: readonly Hit[]): readonly EventHits[] {
  return hits.map((one) => ({ eventId: one.eventId, hits: [one] }));
}
