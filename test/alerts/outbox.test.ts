import { afterEach, describe, expect, it } from 'vitest';
import { outbox } from '../../src/alerts/outbox.ts';
import { routeAlerts } from '../../src/alerts/routing.ts';
import type { Alert } from '../../src/core/alert.ts';
import { WhosawError } from '../../src/core/errors.ts';
import type {
  Notification,
  NotificationKey,
  NotificationResult,
  NotificationStore,
  Sink,
} from '../../src/core/ports.ts';
import { alert, alertEvent } from './alert.ts';

/** The port in memory; what is settled stays settled. */
class Memory implements NotificationStore {
  readonly entries: (Notification & { result?: NotificationResult })[] = [];

  add(one: Alert, sink: string): void {
    this.entries.push({ alertId: one.id, sink, alert: one, attempts: 0 });
  }

  pending(limit: number, sink?: string): Promise<readonly Notification[]> {
    const open = this.entries.filter(({ result }) => result === undefined || result.state === 'pending');
    return Promise.resolve(open.filter((entry) => sink === undefined || entry.sink === sink).slice(0, limit));
  }

  settle({ alertId, sink }: NotificationKey, result: NotificationResult): Promise<void> {
    for (const entry of this.entries) if (entry.alertId === alertId && entry.sink === sink) entry.result = result;
    return Promise.resolve();
  }

  states(sink: string): readonly (string | undefined)[] {
    return this.entries.filter((entry) => entry.sink === sink).map(({ result }) => result?.state);
  }
}

function recorder(
  name: string,
  failures: readonly Error[] = [],
  callsPeople = true,
): Sink & { readonly got: string[][] } {
  const got: string[][] = [];
  const left = [...failures];
  return {
    name,
    callsPeople,
    got,
    deliver: (alerts) => {
      const failure = left.shift();
      if (failure !== undefined) return Promise.reject(failure);
      got.push(alerts.map(({ id }) => id[0] ?? ''));
      return Promise.resolve();
    },
  };
}

const AWAY = new WhosawError('SINK_UNAVAILABLE', 'away', { retryable: true });
const REFUSED = new WhosawError('SINK_REFUSED', 'no such hook');
const NOW = Date.parse('2025-03-15T02:40:00Z');
const named = (letter: string, over: Partial<Alert> = {}): Alert => alert({ id: letter.repeat(32), ...over });

let stop = new AbortController();
let running: Promise<void> = Promise.resolve();
afterEach(async () => {
  stop.abort();
  await running;
});

function start(store: NotificationStore, sinks: readonly Sink[]): ReturnType<typeof outbox> {
  stop = new AbortController();
  const started = outbox({
    store,
    sinks,
    clock: () => NOW,
    notice: () => undefined,
    firstPauseMs: 5,
    longestPauseMs: 20,
  });
  running = started.run(stop.signal);
  return started;
}

describe('outbox', () => {
  it('delivers what was there, and what comes while it runs, once', async () => {
    const store = new Memory();
    store.add(named('a'), 'one');
    const sink = recorder('one');
    const box = start(store, [sink]);
    await expect.poll(() => sink.got).toEqual([['a']]);
    store.add(named('b'), 'one');
    box.wake();
    box.wake();
    await expect.poll(() => sink.got).toEqual([['a'], ['b']]);
    expect(store.states('one')).toEqual(['delivered', 'delivered']);
  });

  it('tries again until the sink accepts, and holds up no other', async () => {
    const store = new Memory();
    const away = recorder('away', [AWAY, AWAY, new Error('broken')]);
    const fine = recorder('fine');
    store.add(named('a'), 'away');
    store.add(named('a'), 'fine');
    start(store, [away, fine]);
    await expect.poll(() => away.got).toEqual([['a']]);
    expect(fine.got).toEqual([['a']]);
  });

  it('keeps a refusal with its reason and goes on', async () => {
    const store = new Memory();
    store.add(named('a'), 'one');
    store.add(named('b'), 'one');
    const sink = recorder('one', [REFUSED]);
    start(store, [sink]);
    await expect.poll(() => sink.got).toEqual([['b']]);
    expect(store.entries[0]?.result).toMatchObject({ state: 'refused', reason: 'no such hook' });
  });

  it('calls people once for a long past, and shows all of it elsewhere', async () => {
    const store = new Memory();
    const past = { ends: '2025-03-10T00:00:00Z', events: [alertEvent({ seen: '2025-03-15T02:00:00Z' })] };
    const people = recorder('people');
    const screen = recorder('screen', [], false);
    for (const sink of ['people', 'screen']) {
      for (const one of [named('a', past), named('b'), named('c', past)]) store.add(one, sink);
    }
    start(store, [people, screen]);
    await expect.poll(() => people.got).toEqual([['a', 'c'], ['b']]);
    await expect.poll(() => screen.got).toEqual([['a'], ['b'], ['c']]);
  });

  it('delivers again what was not settled before a crash', async () => {
    const store = new Memory();
    store.add(named('a'), 'one');
    const settled: string[] = [];
    const broken: NotificationStore = {
      pending: (limit, sink) => store.pending(limit, sink),
      settle: () => Promise.reject(new Error('killed')),
    };
    const first = recorder('one');
    const dying = outbox({ store: broken, sinks: [first], clock: () => NOW, notice: () => undefined }).run(
      new AbortController().signal,
    );
    await expect(dying).rejects.toThrow('killed');
    const second = recorder('one');
    start(store, [second]);
    await expect.poll(() => second.got).toEqual([['a']]);
    expect(settled).toEqual([]);
  });
});

describe('routeAlerts', () => {
  const sinks = [
    { name: 'all', level: 'informational' },
    { name: 'high', level: 'high' },
    { name: 'critical', level: 'critical' },
  ] as const;

  it('tells sinks of the level and below', () => {
    expect(routeAlerts([named('a')], sinks).map(({ sink }) => sink)).toEqual(['all', 'high']);
  });

  it.each([
    ['an experimental rule', { rule: { ...alert().rule, status: 'experimental' as const } }],
    ['a continuation', { continues: 'b'.repeat(32) }],
    ['a superseded alert', { superseded_by: 'b'.repeat(32) }],
  ])('tells nobody of %s', (_, over) => {
    expect(routeAlerts([named('a', over)], sinks)).toEqual([]);
  });
});
