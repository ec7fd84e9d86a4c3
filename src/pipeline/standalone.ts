import type { AccessReader, CollectedBatch, Collector, EventStore } from '../core/ports.ts';
import { Correlator } from '../detect/correlate.ts';
import { Channel } from '../lib/channel.ts';
import { Appends } from './appends.ts';
import { Commits, type Committed } from './commits.ts';
import { HistoryTask } from './history-task.ts';
import { Live, type Route } from './live.ts';
import type { Log } from './log.ts';
import type { Stages } from './observe.ts';
import { restore } from './restore.ts';
import { warmUp } from './warm-up.ts';

export interface StandaloneOptions {
  readonly collectors: readonly Collector[];
  readonly stages: Stages;
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly route: Route;
  /** Called after each commit: there may be somebody to tell. */
  readonly onCommit: (committed: Committed) => void;
  /** Called once: all sources were read to their end, and what came late is worked in. */
  readonly onCaughtUp?: (() => void) | undefined;
  readonly latenessMs: number;
  readonly hitsLimit: number;
  readonly clock: () => number;
  readonly log: Log;
}

/** Batches that are read ahead, over all sources: reading is done by the same thread, so that more only takes memory. */
const READ_AHEAD = 1;

interface Item {
  readonly source: string;
  readonly batch: CollectedBatch;
}

/**
 * The whole pipeline in one process: batches of all sources, one after the other, through the pure stages into the
 * store. Ends when the signal says so (after what was taken is durable) or when all sources have ended; throws what
 * broke, at once. Each batch's checkpoint is durable together with its events, so a kill at any moment loses nothing.
 */
export async function runStandalone(options: StandaloneOptions, signal: AbortSignal): Promise<void> {
  const { collectors, stages, store, latenessMs, hitsLimit, clock, log } = options;
  const { rules } = stages;
  const state = await store.load();
  const correlator = new Correlator(rules.correlations, { latenessMs, hitsLimit });
  correlator.restoreMarks(state.marks);
  const warmed = await warmUp(rules, correlator, store, state.warmed, clock());
  if (warmed.length > 0) log.debug({ rules: warmed }, 'Marked the history of rules that look for something new.');
  const restored = await restore({ rules, correlator, store, latenessMs, nowMs: clock() });
  if (restored > 0) log.debug({ hits: restored }, 'Restored what the rules remembered.');

  const live = new Live({
    stages,
    correlator,
    store,
    route: options.route,
    latenessMs,
    onEvicted: (hits) => log.warn({ hits, limit: hitsLimit }, 'Detector degraded: forgot hits before their time.'),
  });
  const channel = new Channel<Item>(READ_AHEAD);
  const onFailure = (error: unknown): void => channel.close({ error });
  const appends = new Appends(clock);
  const commits = new Commits({ store, onCommit: options.onCommit, onFailure });
  const sources = collectors.map(({ name }) => name);
  const parts = { rules, store, live, correlator, commits, appends };
  const { onCaughtUp } = options;
  const history = new HistoryTask({ ...parts, sources, latenessMs, clock, log, onCaughtUp, onFailure });
  await history.resume(state.checkpoints);

  const stop = new AbortController();
  const whole = AbortSignal.any([signal, stop.signal]);
  const checkpoints = new Map(state.checkpoints.map(({ source, checkpoint }) => [source, checkpoint]));
  const reading = Promise.all(
    collectors.map((collector) => collect(collector, checkpoints.get(collector.name), channel, whole)),
  ).then(() => channel.close(), onFailure);
  try {
    for await (const { source, batch } of channel) {
      await commits.add(history.mark(await live.process(source, batch, appends.next())));
      history.after(source, batch);
    }
    if (!signal.aborted) await history.finish();
    await history.stop();
    await commits.finish();
    channel.check();
  } finally {
    stop.abort();
    channel.close();
    await Promise.all([history.stop(), reading]);
  }
}

async function collect(
  collector: Collector,
  checkpoint: CollectedBatch['checkpoint'] | undefined,
  channel: Channel<Item>,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of collector.read(checkpoint, signal)) await channel.push({ source: collector.name, batch });
}
