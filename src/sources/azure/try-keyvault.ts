import { WhosawError } from '../../core/errors.ts';
import type { Try } from '../streams/try.ts';
import { explainAzureError, type AzureCall } from './azure-error.ts';
import type { KeyVaultConfig } from './config.ts';
import { kafkaProblem } from '../kafka/topics-client.ts';
import { openHubs } from './hubs-stream.ts';
import { openLogs } from './logs-client.ts';
import { vaultsWithoutAudit } from './management.ts';

/** What a `keyvault` source that is no file needs, for `whosaw check`. */
export function tryKeyVault(config: KeyVaultConfig): readonly Try[] {
  const { workspace, tables, endpoint, event_hubs: host, subscriptions, management } = config;
  const ofTables = (workspace === undefined ? [] : tables).map((table) => ({
    what: `${workspace} ${table}`,
    run: (signal: AbortSignal) => {
      const call = { action: 'Log Analytics Reader', resource: `workspace ${workspace}, table ${table}` };
      return explained(call, async () => {
        const client = await openLogs(workspace ?? '', endpoint);
        const nowMs = Date.now();
        await client.query(`${table}\n| take 1`, nowMs - 3_600_000, nowMs, signal);
        return 'the table can be read';
      });
    },
  }));
  const ofHubs = host === undefined ? [] : [{ what: host, run: () => tryHubs(config, host) }];
  const ofSubscriptions = subscriptions.map((subscription) => ({
    what: `subscription ${subscription}`,
    run: (signal: AbortSignal) =>
      explained({ action: 'Reader', resource: `subscription ${subscription}` }, async () => {
        const without = await vaultsWithoutAudit(subscription, management, signal);
        return without.length === 0 ? 'every vault is audited' : `not audited: ${without.join(', ')}`;
      }),
  }));
  return [...ofTables, ...ofHubs, ...ofSubscriptions];
}

async function tryHubs(config: KeyVaultConfig, host: string): Promise<string> {
  const { hubs } = config;
  const client = await openHubs(host, config);
  try {
    const ends = await client.ends();
    return `${ends.length} partitions can be read`;
  } catch (cause) {
    const name = kafkaProblem(cause);
    throw new WhosawError(
      'SOURCE_UNREADABLE',
      `${host} does not answer for ${hubs.join(', ')} (${name}); check host, hubs and connection string.`,
      { cause },
    );
  } finally {
    await client.close();
  }
}

async function explained<T>(call: AzureCall, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new WhosawError('SOURCE_UNREADABLE', explainAzureError(cause, call).message, { cause });
  }
}
