import { hostname } from 'node:os';
import { join } from 'node:path';
import { outbox, type Outbox } from '../alerts/outbox.ts';
import { routeAlerts, type Routed } from '../alerts/routing.ts';
import type { TerminalSink } from '../alerts/terminal.ts';
import type { Alert } from '../core/alert.ts';
import type { Bus, ConsumeOptions } from '../core/bus.ts';
import { WhosawError } from '../core/errors.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { needsClosing } from '../core/rule.ts';
import type { Listeners } from '../sources/listen/listen.ts';
import { Appends } from './appends.ts';
import { collectHere, readLocalCheckpoint } from './collect-here.ts';
import { collectSource } from './collect-source.ts';
import { collectorsOf } from './collectors.ts';
import type { Committed } from './commits.ts';
import { watchCoverage } from './coverage-stage.ts';
import { latenessMs, type Config } from './config.ts';
import { correlateStage } from './correlate-stage.ts';
import { deliverStage } from './deliver-stage.ts';
import { delivered } from './delivered.ts';
import { detectStage } from './detect-stage.ts';
import { loadStages, type Loaded, type LoadedStages } from './load-stages.ts';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';
import { openBus, refuseOutlived } from './open-bus.ts';
import { openListeners, spillFolder } from './open-listeners.ts';
import { openStore, pipelineStore, type OpenStore } from './open-store.ts';
import type { PipelineStore } from './patient-store.ts';
import { expectedOf } from './expected-coverage.ts';
import { progressStage } from './progress-stage.ts';
import type { Role } from './roles.ts';
import type { Topics } from './topics.ts';
import { openSinks, sayWarnings, type UpOptions } from './up.ts';
import { singleStage } from './single-stage.ts';
import { watchLag } from './watch-lag.ts';
import { watchStages } from './watch-stages.ts';

export interface ClusterOptions extends Omit<UpOptions, 'onCaughtUp' | 'meter'> {
  readonly roles: readonly Role[];
  readonly meter?: Meter | undefined;
}

const TICK_MS = 1_000;
/** Alerts that another worker has stored wait no longer than this. */
const IDLE_MS = 1_000;

/**
 * The cluster wiring: the roles that this worker is given, over Kafka. Ends with the signal, when what is in hand is
 * acknowledged and committed.
 */
export async function cluster(options: ClusterOptions): Promise<void> {
  const { config, roles, log, signal, meter } = options;
  const { kafka } = config;
  if (kafka === undefined)
    throw new WhosawError('CONFIG_INVALID', 'Roles need Kafka: set kafka.brokers in the config.');
  const loaded = await loadStages(config);
  sayWarnings(loaded, log);
  refuseOutlived(kafka, loaded.stages.rules.correlations, latenessMs(config));
  const { bus, topics } = await openBus(kafka, { log, ...(meter === undefined ? {} : { observer: meter }) });
  try {
    const store = needsStore(options) ? await openStore(config.store, { log }) : undefined;
    try {
      const listeners = roles.includes('collect')
        ? await openListeners(config, localCheckpoints(config), log)
        : undefined;
      try {
        const socket = store === undefined ? undefined : await answer(options, store);
        try {
          log.info({ roles, brokers: kafka.brokers, topics: `${kafka.prefix}.*` }, 'Running.');
          await runAll(options, { bus, topics, store, loaded, listeners }, signal);
        } finally {
          await socket?.close();
        }
      } finally {
        await listeners?.close();
      }
    } finally {
      await store?.close();
    }
  } finally {
    await bus.close();
    log.info({}, 'Stopped; everything taken is acknowledged.');
  }
}

/** Whoever delivers holds the store; whoever correlates looks into it, where it is a server's. */
function needsStore({ config, roles }: ClusterOptions): boolean {
  return roles.includes('deliver') || (roles.includes('correlate') && config.store.type === 'elasticsearch');
}

/** Whoever delivers answers; of several on one machine, who share a server's store, the first. */
async function answer(
  { config, roles, serve, log }: ClusterOptions,
  store: OpenStore,
): Promise<{ close(): Promise<void> } | undefined> {
  if (!roles.includes('deliver')) return undefined;
  return serve(store).catch((error: unknown) => {
    const isTaken = error instanceof WhosawError && error.code === 'SOCKET_UNAVAILABLE' && error.cause === undefined;
    if (!isTaken || config.store.type === 'duckdb') throw error;
    log.info({ socket: config.socket.path }, 'Another worker answers questions here.');
    return undefined;
  });
}

/** A listener's spill lies on this machine, and so does what is known of it. */
function localCheckpoints(config: Config): Pick<AccessReader, 'checkpoint'> {
  return { checkpoint: (source) => readLocalCheckpoint(checkpointFile(config, source)) };
}

function checkpointFile(config: Config, source: string): string {
  return join(spillFolder(config, source), 'published.json');
}

interface Parts {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly store: OpenStore | undefined;
  readonly loaded: LoadedStages;
  readonly listeners: Listeners | undefined;
}

/** The roles, and the delivery to sinks beside them. What breaks first ends the rest. */
async function runAll(options: ClusterOptions, parts: Parts, signal: AbortSignal): Promise<void> {
  const { config, roles, log, clock, write, colours, meter } = options;
  const { bus, topics, store, loaded, listeners } = parts;
  const stop = new AbortController();
  const whole = AbortSignal.any([signal, stop.signal]);
  const notice = (text: string, facts: Readonly<Record<string, string | number>>): void => log.warn(facts, text);
  const pipeline = store && pipelineStore(store, config.store, { notice, signal: whole });
  const isDelivering = pipeline !== undefined && roles.includes('deliver');
  const sinks = isDelivering ? await openSinks(config, { write, colours, clock }) : [];
  const terminals = sinks.filter((sink): sink is TerminalSink => 'tick' in sink);
  const post = isDelivering ? outbox({ store: pipeline, sinks, clock, notice, idleMs: IDLE_MS }) : undefined;
  const ticks = setInterval(() => {
    for (const sink of terminals) sink.tick();
  }, TICK_MS);
  const onCommit = ({ alerts, notifications }: Committed): void => {
    for (const alert of alerts) for (const sink of terminals) sink.follow(alert);
    if (notifications.length > 0) post?.wake();
  };
  try {
    const route = tellOf(config);
    const here = (listeners?.collectors ?? []).map((collector) => {
      const file = checkpointFile(config, collector.name);
      return collectHere({ bus, topics, collector, host: hostname(), file, route, clock, meter }, whole);
    });
    const working = runRoles(options, { bus, topics, loaded, store: pipeline, post }, onCommit, whole);
    await together(stop, [working, ...here]);
  } finally {
    clearInterval(ticks);
  }
}

/** What the stages share. */
interface Shared {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly store: PipelineStore | undefined;
  readonly post: Outbox | undefined;
}

/** Other rules or expectations are taken over by leaving the groups and joining them again with them. */
async function runRoles(
  options: ClusterOptions,
  shared: Shared & { readonly loaded: LoadedStages },
  onCommit: (committed: Committed) => void,
  signal: AbortSignal,
): Promise<void> {
  const { config, log } = options;
  const changed = watchStages(config, shared.loaded, log);
  const appends = new Appends(options.clock);
  for (let { loaded }: { loaded: Loaded } = shared; !signal.aborted;) {
    const stop = new AbortController();
    const whole = AbortSignal.any([signal, stop.signal]);
    let next: Loaded | undefined;
    const watching = changed(whole).then((other) => {
      next = other;
      stop.abort();
    });
    const members = membersOf(options, { ...shared, loaded }, { onCommit, appends });
    options.meter?.expects(members.map(({ group }) => group));
    try {
      const working = members.map((member) => shared.bus.consume(member, whole));
      const watched = options.meter === undefined ? [] : [watchLag(shared.bus, members, options.meter, whole)];
      await together(stop, [...working, ...watched]);
    } finally {
      stop.abort();
      await watching;
    }
    if (next === undefined) return;
    loaded = next;
    log.info({ rules: loaded.stages.rules.correlations.length }, 'Took other rules or expectations over.');
  }
}

function membersOf(
  { config, roles, clock, log, meter }: ClusterOptions,
  { bus, topics, store, post, loaded }: Shared & { readonly loaded: Loaded },
  { onCommit, appends }: { readonly onCommit: (committed: Committed) => void; readonly appends: Appends },
): readonly ConsumeOptions[] {
  const { stages } = loaded;
  const routed = routedOf(config);
  const route = tellOf(config);
  const byRole: Readonly<Record<Role, () => readonly ConsumeOptions[]>> = {
    collect: () =>
      collectorsOf(config, log).map((collector) => collectSource({ topics, collector, route, clock, meter })),
    detect: () => [detectStage({ topics, stages, meter })],
    correlate: () => {
      if (store === undefined) tellAsleep(loaded, log);
      return [
        correlateStage({
          topics,
          loaded,
          behind: store,
          delivered: (signal) => delivered(bus, topics, signal),
          route: (opened) => routeAlerts(opened, routed),
          sources: Object.keys(config.sources),
          latenessMs: latenessMs(config),
          hitsLimit: config.limits.hits,
          clock,
          log,
          meter,
        }),
      ];
    },
    deliver: () => {
      if (store === undefined || post === undefined) return [];
      const watching = { bus, topics, store, expected: expectedOf(config), appends, route, clock };
      const singles = [
        (signal: AbortSignal) => post.run(signal),
        (signal: AbortSignal) => watchCoverage(watching, signal),
      ];
      const delivering = deliverStage({ topics, store, appends, onCommit, meter });
      return [delivering, progressStage({ bus, topics, store, appends }), singleStage(topics, singles)];
    },
  };
  return roles.flatMap((role) => byRole[role]());
}

function routedOf({ sinks }: Config): readonly Routed[] {
  return Object.entries(sinks).map(([name, { level }]) => ({ name, level }));
}

function tellOf(config: Config): (alert: Alert) => readonly string[] {
  const routed = routedOf(config);
  return (alert) => routeAlerts([alert], routed).map(({ sink }) => sink);
}

/** What a worker that correlates cannot do where it has no store to look into. */
function tellAsleep({ stages }: Loaded, log: Log): void {
  const rules = stages.rules.correlations.filter(needsClosing).map(({ meta }) => meta.title);
  log.warn({ rules }, 'No store on this worker: these rules sleep, and late events only meet what is in memory.');
}

async function together(stop: AbortController, parts: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(
    parts.map((part) =>
      part.catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
    ),
  );
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
