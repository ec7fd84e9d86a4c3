import type { AccessReader } from '../core/access-reader.ts';
import type { Bus, BusBatch, ConsumeOptions, InMessage } from '../core/bus.ts';
import type { Gap } from '../core/gap.ts';
import type { EventStore } from '../core/ports.ts';
import { Bell } from '../lib/bell.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import { parseTimeUs } from '../lib/time.ts';
import { alertMessage } from './alert-message.ts';
import type { Appends } from './appends.ts';
import type { Told } from './collect-source.ts';
import { CoverageWatch, type Covered, type CoverageOptions } from './coverage-watch.ts';
import { COVERAGE } from './coverage-state.ts';
import { passed } from './delivered.ts';
import { observationOf } from './event-message.ts';
import { alertOfGap } from './gap-alert.ts';
import { gapMessage, isGapMessage, readGap } from './gap-message.ts';
import type { Topics } from './topics.ts';

export interface CoverageStageOptions {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly store: Pick<EventStore, 'commit'> & Pick<AccessReader, 'checkpoint' | 'sources'>;
  readonly expected: Pick<CoverageOptions, 'clusters' | 'canaries'>;
  readonly appends: Appends;
  /** Who is told of a gap. */
  readonly route: Told;
  readonly clock: () => number;
}

const LOOK_EVERY_MS = 5_000;
const NOTHING = { observations: [], rejections: [], alerts: [], marks: [], notifications: [] } as const;

/**
 * Compares what the devices of each cluster bring, over all partitions of the events: one worker does so at a time. What it
 * finds it publishes; what it knows is kept in the store. Ends with the signal.
 */
export async function watchCoverage(options: CoverageStageOptions, signal: AbortSignal): Promise<void> {
  const { bus, topics, store, expected, appends, route, clock } = options;
  const state = await store.checkpoint(COVERAGE);
  const known = await store.sources();
  const newestUs = Object.fromEntries(known.map(({ source, newest }) => [source, parseTimeUs(newest ?? '') ?? 0]));
  const watch = new CoverageWatch({ ...expected, state, newestUs, nowMs: clock() });
  const inTurn = new OneAtATime();
  const events = topics.name('events');
  const member: ConsumeOptions = {
    group: topics.group('coverage'),
    topics: [events, topics.name('rejected')],
    open: async () => ({ take: (batch) => inTurn.run(() => take(batch)), close: async () => undefined }),
  };
  await Promise.all([bus.consume(member, signal), look()]);

  async function take({ topic, messages }: BusBatch): Promise<void> {
    const told = topic === events ? [] : messages.filter(isGapMessage).flatMap((message) => readGap(message) ?? []);
    if (topic === events) for (const message of messages) see(message);
    const sources = new Set(told.map(({ source }) => source));
    for (const source of sources) await publish(finish(source, { gaps: told.filter((gap) => gap.source === source) }));
  }

  function see(message: InMessage): void {
    const observation = observationOf(message);
    if (observation !== undefined) watch.see(observation);
  }

  /** How far the sources are is known once all that was read until then is stored; here it has to be seen as well. */
  async function look(): Promise<void> {
    while (!signal.aborted) {
      await new Bell().sleep(LOOK_EVERY_MS, signal);
      const sources = await store.sources();
      await passed(bus, topics.group('coverage'), events, signal);
      if (signal.aborted) return;
      for (const { source, seenTo } of sources) {
        if (seenTo !== undefined) await inTurn.run(() => publish(finish(source, { seenTo })));
      }
    }
  }

  function finish(source: string, more: { readonly seenTo?: string; readonly gaps?: readonly Gap[] }): Covered {
    return watch.finish(source, { records: [], rejections: [], checkpoint: null, ...more }, clock());
  }

  async function publish({ gaps, checkpoints }: Covered): Promise<void> {
    const alerts = gaps.flatMap(alertOfGap);
    await bus.publish([
      ...gaps.map((gap) => gapMessage(topics, gap)),
      ...alerts.map((alert) => alertMessage(topics, topics.partitionOf(alert.id), { alert, notify: route(alert) })),
    ]);
    if (checkpoints.length > 0) await store.commit({ ...NOTHING, checkpoints, appendedMs: appends.next() }, signal);
  }
}
