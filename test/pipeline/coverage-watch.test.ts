import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/core/event.ts';
import type { Gap } from '../../src/core/gap.ts';
import { CoverageWatch, type CoverageOptions } from '../../src/pipeline/coverage-watch.ts';
import { alertOfGap } from '../../src/pipeline/gap-alert.ts';
import { gapOf } from '../../src/lib/gap.ts';
import { formatTimeUs } from '../../src/lib/time.ts';
import { observation, type Given } from '../contract/store-fixtures.ts';

const NOON = Date.parse('2025-03-15T12:00:00Z');
const at = (s: number): string => formatTimeUs((NOON + s * 1_000) * 1_000);
const CLUSTERS = { file: 'eu', socket: 'eu' };

/** Devices that are fed by hand, second by second after noon. */
function watch(more: Partial<CoverageOptions> = {}) {
  const coverage = new CoverageWatch({ clusters: CLUSTERS, canaries: {}, state: undefined, nowMs: NOON, ...more });
  const gaps = new Map<string, Gap>();
  let state = more.state;
  const finish = (source: string, s: number, own: readonly Gap[] = []): void => {
    const batch = { records: [], rejections: [], checkpoint: null, seenTo: at(s), gaps: own };
    const covered = coverage.finish(source, batch, NOON + s * 1_000);
    for (const gap of covered.gaps) if ((gaps.get(gap.id)?.version ?? -1) < gap.version) gaps.set(gap.id, gap);
    state = covered.checkpoints[0]?.checkpoint ?? state;
  };
  const see = (source: string, id: string, s: number, given: Partial<Given> = {}): void =>
    coverage.see(observation({ id, source, at: at(s), ...given }));
  return { finish, see, gaps: () => [...gaps.values()], state: () => state };
}

const audit = (source: string, id: string, s: number, action: string, path: string): Observation => {
  const made = observation({ id, source, at: at(s), secret: null, kind: 'audit' });
  return { ...made, event: { ...made.event, event: { ...made.event.event, action }, url: { path } } };
};

describe('devices of a cluster', () => {
  it('have no gap as long as each tells the same, in whatever order and however late', () => {
    const { finish, see, gaps } = watch();
    for (let s = 0; s < 50; s++) see('file', `${s}`, s);
    finish('file', 50);
    for (let s = 49; s >= 0; s--) see('socket', `${s}`, s + 0.3);
    finish('socket', 55);
    finish('file', 100);
    finish('socket', 100);
    expect(gaps()).toEqual([]);
  });

  it('miss what another one has: one gap for what is near, with its count', () => {
    const { finish, see, gaps } = watch();
    for (let s = 0; s < 600; s++) see('file', `${s}`, s);
    for (let s = 0; s < 600; s++) if (s < 100 || (s > 140 && s !== 400)) see('socket', `${s}`, s);
    finish('socket', 700);
    finish('file', 700);
    expect(gaps()).toMatchObject([
      { kind: 'missing', source: 'socket', from: at(100), to: at(140), count: 41, healedBy: 'file' },
      { kind: 'missing', source: 'socket', from: at(400), to: at(400), count: 1, healedBy: 'file' },
    ]);
  });

  it('are not expected to have what was before they began', () => {
    const { finish, see, gaps } = watch();
    for (let s = 0; s < 100; s++) see('file', `${s}`, s);
    for (let s = 50; s < 100; s++) see('socket', `${s}`, s);
    finish('file', 200);
    finish('socket', 200);
    expect(gaps()).toEqual([]);
  });

  it('that say nothing at all for a minute hold nothing up', () => {
    const { finish, see, gaps } = watch();
    see('socket', 'a', 0);
    see('file', 'a', 0);
    finish('socket', 1);
    see('file', 'b', 10);
    finish('file', 30);
    expect(gaps()).toEqual([]);
    finish('file', 100);
    expect(gaps()).toMatchObject([{ kind: 'missing', source: 'socket', count: 1 }]);
  });

  it('count what is missing where nobody listened into that gap, which the others heal', () => {
    const { finish, see, gaps } = watch();
    const down = (from: number, to: number): Gap =>
      gapOf({ kind: 'down', source: 'socket', cluster: 'eu', fromMs: NOON + from * 1_000, toMs: NOON + to * 1_000 });
    for (let s = 0; s < 300; s++) see('file', `${s}`, s);
    for (let s = 0; s < 300; s++) if (s < 100 || s > 110) see('socket', `${s}`, s);
    finish('socket', 300, [down(99, 111), down(200, 201)]);
    finish('file', 400);
    finish('socket', 400);
    expect(gaps()).toMatchObject([
      { kind: 'down', from: at(99), count: 11, healedBy: 'file' },
      { kind: 'down', from: at(200), healedBy: 'file' },
    ]);
  });

  it('go on after a restart without gaps that nobody made', () => {
    const first = watch();
    for (const source of ['file', 'socket']) first.see(source, 'a', 0);
    first.see('file', 'b', 20);
    first.finish('file', 20);
    const again = watch({ state: first.state() });
    again.see('socket', 'b', 20);
    for (const source of ['file', 'socket']) again.see(source, 'c', 30);
    for (const source of ['file', 'socket', 'file']) again.finish(source, 60);
    expect(again.gaps()).toEqual([]);
  });
});

describe('audit devices', () => {
  it('are off from their removal until they are back, told once however many devices tell it', () => {
    const coverage = new CoverageWatch({ clusters: CLUSTERS, canaries: {}, state: undefined, nowMs: NOON });
    const told: Gap[] = [];
    const feed = (...events: readonly Observation[]): void => {
      for (const event of events) coverage.see(event);
      const batch = { records: [], rejections: [], checkpoint: null };
      told.push(...coverage.finish('file', batch, NOON).gaps);
    };
    feed(audit('socket', 'on', 20, 'update', 'sys/audit/http'));
    feed(audit('file', 'off', 10, 'delete', 'sys/audit/http'), audit('file', 'on', 20, 'update', 'sys/audit/http'));
    feed(
      audit('socket', 'off', 10.1, 'delete', 'sys/audit/http'),
      audit('socket', 'on', 20, 'update', 'sys/audit/http'),
    );
    expect(told).toMatchObject([
      { kind: 'disabled', device: 'http', from: at(10) },
      { kind: 'disabled', device: 'http', from: at(10), to: at(20) },
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  });
});

describe('a canary', () => {
  const canaries = { eu: { secret: 'secret/canary', everyMs: 60_000, withinMs: 10_000 } };
  const canary = { secret: 'vault:eu/secret/canary' };

  it('that does not come by one of the devices is a gap of that one, until it comes again', () => {
    const { finish, see, gaps } = watch({ canaries });
    for (const source of ['file', 'socket']) see(source, 'a', 5, canary);
    for (const source of ['file', 'socket']) finish(source, 75);
    expect(gaps()).toEqual([]);
    see('file', 'b', 70, canary);
    finish('file', 76);
    expect(gaps()).toMatchObject([{ kind: 'canary', source: 'socket', from: at(5) }]);
    expect(gaps().flatMap(alertOfGap)).toMatchObject([
      {
        rule: { level: 'high', title: 'The canary read did not come back' },
        group: { 'whosaw.origin.source': 'socket' },
      },
    ]);
    see('socket', 'c', 100, canary);
    see('file', 'c', 100, canary);
    finish('socket', 101);
    expect(gaps().filter(({ kind }) => kind === 'canary')).toMatchObject([
      { source: 'socket', from: at(5), to: at(100) },
    ]);
  });
});
