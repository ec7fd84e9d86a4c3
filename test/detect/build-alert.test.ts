import { describe, expect, it } from 'vitest';
import type { AlertEvent } from '../../src/core/alert.ts';
import type { Correlation } from '../../src/core/rule.ts';
import { alertId, buildAlert } from '../../src/detect/build-alert.ts';
import type { EpisodeChange } from '../../src/detect/telling.ts';
import { extendEpisode, openEpisode, type BucketFacts, type HitRef } from '../../src/detect/episode.ts';
import { correlation, eventId, MINUTE_US, NOON_US } from './hits.ts';

function ref(number: number, over: Partial<HitRef> = {}): HitRef {
  return { timeUs: NOON_US + number * 1_000_000, eventId: eventId(number), base: 0, ...over };
}

function change(hits: readonly HitRef[], over: Partial<EpisodeChange> = {}): EpisodeChange {
  const [first = ref(1), ...rest] = hits;
  const episode = openEpisode([first], first, undefined);
  for (const hit of rest) extendEpisode(episode, hit);
  return { correlation: 0, group: ['ana'], episode, isNew: true, ...over };
}

function event(id: string, over: Partial<AlertEvent> = {}): AlertEvent {
  return { id, '@timestamp': 'now', action: 'read', outcome: 'success', source: 'vault', seen: 'now', ...over };
}

function build(hits: readonly HitRef[], rule: Correlation = correlation(), over: Partial<EpisodeChange> = {}) {
  return buildAlert(change(hits, over), rule, 'v1', event);
}

describe('buildAlert', () => {
  it('names the episode by rule, group and opening event', () => {
    const alert = build([ref(1), ref(2)]);
    expect(alert.id).toBe(alertId(correlation(), ['ana'], ref(1)));
    expect(alert.id).not.toBe(alertId(correlation(), ['sam'], ref(1)));
    expect(alert.id).not.toBe(alertId(correlation(), ['ana'], ref(2)));
    expect(alert).toMatchObject({
      version: 2,
      count: 2,
      group: { actor: 'ana' },
      opened: '2026-01-15T12:00:01Z',
      last: '2026-01-15T12:00:02Z',
      ends: '2026-01-15T12:05:02Z',
      rules_version: 'v1',
    });
  });

  it('leaves absent group fields out', () => {
    expect(build([ref(1)], correlation({ groupBy: ['actor', 'secret'] }), { group: ['ana', ''] }).group).toEqual({
      actor: 'ana',
    });
  });

  it('shows the first 20 events, each once, and counts on to 1,000', () => {
    const alert = build(Array.from({ length: 1_500 }, (_, index) => ref(index + 1)));
    expect(alert.events).toHaveLength(20);
    expect(alert).toMatchObject({ count: 1_000, version: 1_500 });
    expect(build([ref(1), ref(1, { base: 1 })]).events).toHaveLength(1);
  });

  it('does without events that cannot be had', () => {
    const alert = buildAlert(change([ref(1), ref(2)]), correlation(), 'v1', () => undefined);
    expect(alert).toMatchObject({ count: 2, events: [] });
  });

  it('puts a superseded alert above all its other versions, and names its successor', () => {
    const alert = build([ref(1)], correlation(), { supersededBy: ref(9) });
    expect(alert.superseded_by).toBe(alertId(correlation(), ['ana'], ref(9)));
    expect(alert.version).toBeGreaterThan(1_000_000);
  });

  const single = correlation({ condition: { gte: 1 } });
  const seen = correlation({ type: 'first_seen', knownBy: ['b'], historyMs: 30 * 86_400_000, condition: { gte: 5 } });
  const values = correlation({ type: 'value_count', field: 'secret', timespanMs: 600_000, condition: { gte: 2 } });
  it.each<[string, Correlation, readonly HitRef[]]>([
    ['2 in 1s; 3 within 5m are enough', correlation(), [ref(1), ref(2)]],
    ['one is enough', single, [ref(1)]],
    [
      'Somebody did it',
      { ...single, meta: { ...single.meta, description: 'Somebody\n did it. More of it.\n' } },
      [ref(1)],
    ],
    ['first in 30d, after 5 or more of what is usual', seen, [ref(1)]],
    [
      'first in 30d, of a known secret',
      { ...seen, groupBy: ['actor', 'whosaw.secret.id'], knownAs: ['whosaw.secret.id'] },
      [ref(1)],
    ],
    [
      '2 different values of secret in 1m; 2 within 10m are enough',
      values,
      [ref(1, { value: 'a' }), ref(2, { value: 'b', timeUs: NOON_US + MINUTE_US + 1_000_000 })],
    ],
  ])('says why: %s', (why, rule, hits) => {
    expect(build(hits, rule).why).toBe(why);
  });

  it('says what would have kept it quiet, as the rule does', () => {
    expect(build([ref(1)], correlation({ quiet: '2 or fewer in 5m' })).quiet).toBe('2 or fewer in 5m');
    expect(build([ref(1)])).not.toHaveProperty('quiet');
  });

  const hour = { timespanMs: 3_600_000, historyMs: 14 * 86_400_000, condition: { gte: 20 } };
  it.each<[string, Correlation, BucketFacts, string]>([
    [
      '87 in 1h from 2026-01-15T12:00:00Z; usually at most 12, in the 14d before; 3 times as many, and 20, are enough',
      correlation({ ...hour, type: 'anomaly' }),
      { kind: 'anomaly', fromUs: NOON_US, amount: 87, usual: 12 },
      '2026-01-15T13:00:01Z',
    ],
    [
      '87 different secrets in 1h from 2026-01-15T12:00:00Z; usually at most 12, in the 14d before; 5 times as many, and 20, are enough',
      correlation({ ...hour, type: 'anomaly', field: 'whosaw.secret.id', factor: 5 }),
      { kind: 'anomaly', fromUs: NOON_US, amount: 87, usual: 12 },
      '2026-01-15T13:00:01Z',
    ],
    [
      'nothing for 1h since 2026-01-15T12:00:01Z; came in 40 of the 48 before',
      correlation({ ...hour, type: 'silence' }),
      { kind: 'silence', came: 40, of: 48, longestGap: 0 },
      '2026-01-15T13:00:01Z',
    ],
    [
      'nothing for 1h since 2026-01-15T12:00:01Z; came in 40 of the 48 before, and never left out more than 2 in a row; back at 2026-01-15T12:00:09Z',
      correlation({ ...hour, type: 'silence' }),
      { kind: 'silence', came: 40, of: 48, longestGap: 2, back: ref(9) },
      '2026-01-15T12:00:01Z',
    ],
  ])('says of buckets: %s', (why, rule, facts, ends) => {
    const { episode, ...rest } = change([ref(1)]);
    expect(buildAlert({ ...rest, episode: { ...episode, facts } }, rule, 'v1', event)).toMatchObject({ why, ends });
  });

  it('says what was unexpected', () => {
    const alert = buildAlert(change([ref(1)]), correlation(), 'v1', (id) =>
      event(id, { unexpected: ['role', 'network'] }),
    );
    expect(alert.why).toBe('1 in 1s; 3 within 5m are enough; outside the declared networks; no role covers it');
  });
});
