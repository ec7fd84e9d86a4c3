import { WhosawError } from '../core/errors.ts';
import { routeAlerts } from '../alerts/routing.ts';
import { explainAwsError } from '../sources/aws/aws-error.ts';
import { streamsOf } from '../sources/aws/collect-cloudtrail.ts';
import { estimateCloudTrail } from '../sources/aws/estimate.ts';
import { explainAzureError } from '../sources/azure/azure-error.ts';
import { eventStreams } from '../sources/azure/collect-keyvault.ts';
import { estimateKeyVault } from '../sources/azure/estimate.ts';
import { collectPast, type Estimate, type Past } from '../sources/streams/past.ts';
import type { Notice, Stream } from '../sources/streams/stream.ts';
import { latenessMs, type Config } from './config.ts';
import { openStore } from './open-store.ts';
import type { SourceConfig } from './source-config.ts';
import { loadStages } from './load-stages.ts';
import type { Log } from './log.ts';
import { runStandalone } from './standalone.ts';

export interface BackfillOptions {
  readonly config: Config;
  /** The source's name in the config. */
  readonly source: string;
  readonly past: Past;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock: () => number;
  /** Called with how many records were read so far. */
  readonly onProgress: (records: number) => void;
}

/**
 * Reads the past of one source into the store, and what its events make the rules say. Ends when all was read, or with
 * the signal; it goes on there the next time. Nobody else may have the store open. Alerts wait in the outbox for `up`.
 */
export async function backfill({
  config,
  source,
  past,
  log,
  signal,
  clock,
  onProgress,
}: BackfillOptions): Promise<void> {
  const loaded = await loadStages(config);
  const streams = pastStreams(config, source, past, (text, facts) => log.warn({ source, ...facts }, text));
  const store = await openStore(config.store, { log });
  let records = 0;
  const collector = collectPast({
    name: source,
    past,
    streams,
    onRead: (count) => onProgress((records += count)),
    onResume: () => log.info({ source }, 'Goes on where the backfill was stopped.'),
  });
  const routed = Object.entries(config.sinks).map(([name, { level }]) => ({ name, level }));
  try {
    await runStandalone(
      {
        collectors: [collector],
        loaded,
        store,
        route: (opened) => routeAlerts(opened, routed),
        onCommit: () => undefined,
        latenessMs: latenessMs(config),
        hitsLimit: config.limits.hits,
        clock,
        log,
      },
      signal,
    );
  } finally {
    await store.close();
  }
}

/** How much there is to read, by stream. Throws what the cloud says, in words. */
export async function estimate(
  config: Config,
  name: string,
  past: Past,
  signal: AbortSignal,
): Promise<readonly Estimate[]> {
  const source = sourceOf(config, name);
  const isAws = source.type === 'cloudtrail';
  try {
    return await (isAws ? estimateCloudTrail(source, past, signal) : estimateKeyVault(source, past, signal));
  } catch (cause) {
    const call = { action: 'an estimate', resource: `source ${name}` };
    const { message } = isAws ? explainAwsError(cause, call) : explainAzureError(cause, call);
    throw new WhosawError('SOURCE_UNREADABLE', message, { cause });
  }
}

function pastStreams(config: Config, name: string, past: Past, notice: Notice): readonly Stream[] {
  const source = sourceOf(config, name);
  return source.type === 'cloudtrail'
    ? streamsOf({ name, config: source, notice }, past)
    : eventStreams({ name, config: source, notice }, past);
}

type Backfilled = Exclude<SourceConfig, { readonly type: 'vault' }>;

function sourceOf(config: Config, name: string): Backfilled {
  const source = config.sources[name];
  if (source === undefined) {
    throw new WhosawError(
      'USAGE',
      `The config has no source ${name}; it has: ${Object.keys(config.sources).join(', ')}.`,
    );
  }
  const hint = refusalOf(source);
  if (source.type === 'vault' || hint !== undefined) {
    throw new WhosawError('USAGE', `Source ${name} has no past to ask for: ${hint}`);
  }
  return source;
}

function refusalOf(source: SourceConfig): string | undefined {
  if (source.listen !== undefined) return 'what it is sent is all there is.';
  if (source.kafka !== undefined) return 'all that the topics keep is read by `whosaw up`.';
  if (source.type === 'vault' || source.file !== undefined) return 'all of its files are read by `whosaw up`.';
  if (source.type === 'cloudtrail' && source.queue !== undefined) {
    return 'a queue only announces what is new; give a source with the `bucket` to read what was there before.';
  }
  return source.type === 'keyvault' && source.workspace === undefined
    ? 'all that Event Hubs keeps is read by `whosaw up`; a `workspace` keeps more.'
    : undefined;
}
