import { openSink } from '../alerts/open-sink.ts';
import { outbox } from '../alerts/outbox.ts';
import { routeAlerts } from '../alerts/routing.ts';
import type { TerminalSink } from '../alerts/terminal.ts';
import type { Sink } from '../core/ports.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { collectorsOf } from './collectors.ts';
import type { Committed } from './commits.ts';
import { latenessMs, type Config } from './config.ts';
import { expectedOf } from './expected-coverage.ts';
import { loadStages, type LoadedStages } from './load-stages.ts';
import { keepDaysWhileRunning } from './day-keeper.ts';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';
import { openListeners } from './open-listeners.ts';
import { keepsDays, openStore, pipelineStore, placeOf } from './open-store.ts';
import { retentionOf, shortRetention } from './retention.ts';
import { runStandalone } from './standalone.ts';
import { watchStages } from './watch-stages.ts';

export interface UpOptions {
  readonly config: Config;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock: () => number;
  /** Where terminal sinks write, and whether in colours. */
  readonly write: (text: string) => void;
  readonly colours: boolean;
  /** Makes the store answer questions; called before anything is read. */
  readonly serve: (reader: AccessReader) => Promise<{ close(): Promise<void> }>;
  readonly meter?: Pick<Meter, 'collected' | 'stored'> | undefined;
  /** Called once: all sources were read to their end, and what came late is worked in. */
  readonly onCaughtUp?: (() => void) | undefined;
}

const TICK_MS = 1_000;

/** The standalone wiring: everything in one process on the embedded store. Ends with the signal, when all is durable. */
export async function up({
  config,
  log,
  signal,
  clock,
  write,
  colours,
  serve,
  onCaughtUp,
  meter,
}: UpOptions): Promise<void> {
  const loaded = await loadStages(config);
  sayWarnings(loaded, log);
  const settings = retentionOf(config);
  const short = shortRetention(loaded.stages.rules, settings);
  if (short !== undefined) log.warn({}, `${short}: what is older is new to them.`);
  const sinks = await openSinks(config, { write, colours, clock });
  const store = await openStore(config.store, { log });
  const listeners = await openListeners(config, store, log).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const stop = new AbortController();
  const whole = AbortSignal.any([signal, stop.signal]);
  const notice = (text: string, facts: Readonly<Record<string, string | number>>): void => log.warn(facts, text);
  const working = pipelineStore(store, config.store, { notice, signal: whole });
  const post = outbox({ store: working, sinks, clock, notice });
  const terminals = sinks.filter((sink): sink is TerminalSink => 'tick' in sink);
  const ticks = setInterval(() => {
    for (const sink of terminals) sink.tick();
  }, TICK_MS);
  try {
    const socket = await serve(store);
    try {
      log.info(
        {
          sources: Object.keys(config.sources),
          store: placeOf(config.store),
          rules: loaded.stages.rules.correlations.length,
        },
        'Running.',
      );
      const delivering = post.run(whole);
      const onCommit = ({ alerts, notifications }: Committed): void => {
        for (const alert of alerts) for (const sink of terminals) sink.follow(alert);
        if (notifications.length > 0) post.wake();
      };
      const routed = Object.entries(config.sinks).map(([name, { level }]) => ({ name, level }));
      const running = runStandalone(
        {
          collectors: [...collectorsOf(config, log), ...(listeners?.collectors ?? [])],
          loaded,
          changed: watchStages(config, loaded, log),
          store: working,
          route: (opened) => routeAlerts(opened, routed),
          onCommit,
          coverage: expectedOf(config),
          latenessMs: latenessMs(config),
          hitsLimit: config.limits.hits,
          clock,
          onCaughtUp,
          log,
          meter,
        },
        whole,
      );
      // Elsewhere old days are the server's matter, or an administrator's: whosaw may not delete.
      const keeping = keepsDays(store)
        ? keepDaysWhileRunning({ store, settings, clock, log }, whole)
        : Promise.resolve();
      // What breaks first ends the rest.
      await Promise.all(
        [running, delivering, keeping].map((part) => part.catch((error: unknown) => raise(stop, error))),
      );
    } finally {
      stop.abort();
      await socket.close();
    }
  } finally {
    clearInterval(ticks);
    await listeners?.close();
    await store.close();
    log.info({}, 'Stopped; everything taken is stored.');
  }
}

export function sayWarnings({ warnings, inert }: LoadedStages, log: Log): void {
  for (const { file, line, message, severity } of warnings)
    if (severity === 'warning') log.warn({ place: `${file}:${line}` }, message);
  for (const { title, reason } of inert) log.info({ rule: title, reason }, 'A rule is inert.');
}

function raise(stop: AbortController, error: unknown): never {
  stop.abort();
  throw error;
}

export function openSinks(
  config: Config,
  surroundings: { readonly write: (text: string) => void; readonly colours: boolean; readonly clock: () => number },
): Promise<readonly Sink[]> {
  return Promise.all(Object.entries(config.sinks).map(([name, sink]) => openSink(name, sink, surroundings)));
}
