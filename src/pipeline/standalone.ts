import type { CollectedBatch, Collector, CommitBatch, EventStore, SourceCheckpoint } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import type { Correlator } from '../detect/correlate.ts';
import { COVERAGE } from '../core/coverage.ts';
import type { JsonValue } from '../core/json.ts';
import { Channel } from '../lib/channel.ts';
import { Appends } from './appends.ts';
import { alertChanged, begin, type Remembered } from './begin.ts';
import { Commits, type Committed } from './commits.ts';
import { ClosingTask } from './closing-task.ts';
import { CoverageWatch, type CoverageOptions } from './coverage-watch.ts';
import { HistoryTask } from './history-task.ts';
import { Lanes } from './lanes.ts';
import { Live, type Route } from './live.ts';
import type { Loaded } from './load-stages.ts';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';

export interface StandaloneOptions {
  readonly collectors: readonly Collector[];
  readonly loaded: Loaded;
  /** Resolves when there are other rules or expectations, or with undefined when the signal comes first. */
  readonly changed?: ((signal: AbortSignal) => Promise<Loaded | undefined>) | undefined;
  readonly store: EventStore & Pick<AccessReader, 'alerts'>;
  readonly route: Route;
  /** Called after each commit: there may be somebody to tell. */
  readonly onCommit: (committed: Committed) => void;
  /** Called once: all sources were read to their end, and what came late is worked in. */
  readonly onCaughtUp?: (() => void) | undefined;
  /** What is to be expected of the sources; without it nobody looks for gaps. */
  readonly coverage?: Pick<CoverageOptions, 'clusters' | 'canaries'> | undefined;
  readonly meter?: Pick<Meter, 'collected' | 'stored'> | undefined;
  readonly latenessMs: number;
  readonly hitsLimit: number;
  readonly clock: () => number;
  readonly log: Log;
}

/** Batches that are read ahead, over all sources: reading is done by the same thread, so that more only takes memory. */
const READ_AHEAD = 1;

type Item =
  | { readonly collector: Collector; readonly batch: CollectedBatch }
  /** Nothing more comes of this source. */
  | { readonly ended: string };

/**
 * The whole pipeline in one process: batches of all sources, one after the other, through the pure stages into the
 * store. Ends when the signal says so (after what was taken is durable) or when all sources have ended; throws what
 * broke, at once. Each batch's checkpoint is durable together with its events, so a kill at any moment loses nothing;
 * that is also how other rules are taken over: what runs ends, and goes on with them at its checkpoints.
 */
export async function runStandalone(options: StandaloneOptions, signal: AbortSignal): Promise<void> {
  let { loaded } = options;
  let previous: Remembered | undefined;
  const appends = new Appends(options.clock);
  let wasCaughtUp = false;
  const onCaughtUp = (): void => {
    if (!wasCaughtUp) options.onCaughtUp?.();
    wasCaughtUp = true;
  };
  for (;;) {
    const stop = new AbortController();
    const whole = AbortSignal.any([signal, stop.signal]);
    let next: Loaded | undefined;
    const watching = options.changed?.(whole).then((other) => {
      next = other;
      stop.abort();
    });
    try {
      const correlator = await run({ ...options, loaded, previous, appends, onCaughtUp }, whole);
      previous = { correlator, fingerprints: loaded.fingerprints };
    } finally {
      stop.abort();
      await watching;
    }
    if (next === undefined || signal.aborted) return;
    loaded = next;
    options.log.info({ rules: loaded.stages.rules.correlations.length }, 'Took other rules or expectations over.');
  }
}

interface RunOptions extends StandaloneOptions {
  readonly previous: Remembered | undefined;
  readonly appends: Appends;
}

async function run(options: RunOptions, signal: AbortSignal): Promise<Correlator> {
  const { collectors, loaded, store, appends, latenessMs, hitsLimit, clock, log, onCaughtUp, meter } = options;
  const { stages } = loaded;
  const state = await store.load();
  const beginning = { ...options, state, nowMs: clock() };
  const begun = await begin(beginning);
  const { correlator } = begun;
  const lanes = new Lanes(stages.rules);
  const sources = collectors.map(({ name }) => name);
  const closingOptions = { rules: stages.rules, fingerprints: loaded.fingerprints, lanes, sources, latenessMs };
  const channel = new Channel<Item>(READ_AHEAD);
  const onFailure = (error: unknown): void => channel.close({ error });
  const onCommit = (committed: Committed): void => {
    for (const { source, checkpoint } of committed.checkpoints) {
      collectors.find(({ name }) => name === source)?.committed?.(checkpoint);
    }
    options.onCommit(committed);
  };
  const commits = new Commits({ store, onCommit, onFailure, meter });
  const onIdle = (): void => {
    if (!history.isBusy && !closing.isBusy) onCaughtUp?.();
  };
  const closing = new ClosingTask({ ...closingOptions, store, commits, appends, clock, log, onIdle, onFailure });
  const coverage =
    options.coverage === undefined
      ? undefined
      : new CoverageWatch({
          ...options.coverage,
          state: coverageIn(state.checkpoints),
          newestUs: newestIn(state.checkpoints),
          nowMs: clock(),
        });
  const live = new Live({
    stages,
    correlator,
    store,
    route: options.route,
    lanes,
    closing,
    coverage,
    latenessMs,
    onEvicted: (hits) => log.warn({ hits, limit: hitsLimit }, 'Detector degraded: forgot hits before their time.'),
  });
  const parts = { rules: lanes.live, store, live, correlator, commits, appends };
  const history = new HistoryTask({ ...parts, sources, latenessMs, clock, log, onIdle, onFailure });
  await history.resume(state.checkpoints);
  const checkpoints = await closing.resume(state, live);
  const changed = await alertChanged(beginning, begun, live);
  if (changed !== undefined || checkpoints.length > 0) {
    const batch = changed ?? NOTHING;
    await commits.add({
      ...batch,
      checkpoints: [...batch.checkpoints, ...checkpoints],
      appendedMs: appends.next(),
    });
  }

  const stop = new AbortController();
  const whole = AbortSignal.any([signal, stop.signal]);
  const places = new Map(state.checkpoints.map(({ source, checkpoint }) => [source, checkpoint]));
  const read = (collector: Collector): Promise<void> =>
    collect(collector, places.get(collector.name), channel, whole).then(() => channel.push({ ended: collector.name }));
  const reading = Promise.all(collectors.map(read)).then(() => channel.close(), onFailure);
  try {
    for await (const item of channel) {
      if ('ended' in item) {
        closing.ended(item.ended);
        continue;
      }
      const { collector, batch } = item;
      const source = collector.name;
      const done = await live.process(source, batch, appends.next());
      await commits.add(closing.mark(history.mark(done)), () => collector.committed?.(batch.checkpoint));
      meter?.collected(source, { records: batch.records.length, rejections: batch.rejections.length });
      closing.after(done, batch.seenTo);
      history.after(source, batch);
    }
    if (!signal.aborted) {
      await history.finish();
      await closing.finish();
    }
    await Promise.all([history.stop(), closing.stop()]);
    await commits.finish();
    channel.check();
  } finally {
    stop.abort();
    channel.close();
    await Promise.all([history.stop(), closing.stop(), reading]);
  }
  return correlator;
}

function coverageIn(checkpoints: readonly SourceCheckpoint[]): JsonValue | undefined {
  return checkpoints.find(({ source }) => source === COVERAGE)?.checkpoint;
}

function newestIn(checkpoints: readonly SourceCheckpoint[]): Readonly<Record<string, number>> {
  return Object.fromEntries(checkpoints.map(({ source, newestUs = 0 }) => [source, newestUs]));
}

async function collect(
  collector: Collector,
  checkpoint: CollectedBatch['checkpoint'] | undefined,
  channel: Channel<Item>,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of collector.read(checkpoint, signal)) await channel.push({ collector, batch });
}

const NOTHING: CommitBatch = {
  observations: [],
  rejections: [],
  alerts: [],
  marks: [],
  checkpoints: [],
  notifications: [],
  appendedMs: 0,
};
