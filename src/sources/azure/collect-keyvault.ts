import type { Collector } from '../../core/ports.ts';
import { parseDuration } from '../../lib/duration.ts';
import { mergeStreams } from '../streams/merge-streams.ts';
import type { Past } from '../streams/past.ts';
import type { Notice, Stream } from '../streams/stream.ts';
import type { KeyVaultConfig } from './config.ts';
import { hubsStream } from './hubs-stream.ts';
import { keyvault } from './keyvault.ts';
import { openLogs } from './logs-client.ts';
import { tableStream } from './table-stream.ts';
import { vaultsStream } from './vaults-stream.ts';

export interface CollectKeyVaultOptions {
  /** The source's name in the config. */
  readonly name: string;
  readonly config: KeyVaultConfig;
  readonly notice: Notice;
}

/** The collector of a `keyvault` source that is no file. */
export function collectKeyVault(options: CollectKeyVaultOptions): Collector {
  const { name, config, notice } = options;
  const { subscriptions, management } = config;
  const vaults = subscriptions.length === 0 ? [] : [vaultsStream({ subscriptions, management, notice })];
  return mergeStreams(name, [...eventStreams(options), ...vaults]);
}

export function eventStreams({ name, config, notice }: CollectKeyVaultOptions, past?: Past): readonly Stream[] {
  const { workspace, tables, endpoint, event_hubs: host, since } = config;
  if (host !== undefined) return [hubsStream({ source: name, format: keyvault, host, config, notice })];
  if (workspace === undefined) return [];
  const fromMs = past === undefined ? () => Date.now() - (parseDuration(since) ?? 0) : () => past.fromMs;
  const span = past === undefined ? { fromMs } : { fromMs, toMs: past.toMs };
  return tables.map((table) =>
    tableStream({
      source: name,
      format: keyvault,
      workspace,
      table,
      open: () => openLogs(workspace, endpoint),
      ...span,
      notice,
    }),
  );
}
