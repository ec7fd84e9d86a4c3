import type { Estimate, Past } from '../streams/past.ts';
import type { KeyVaultConfig } from './config.ts';
import { openLogs } from './logs-client.ts';
import { tableQuery } from './table-query.ts';

/** How many rows each table of a workspace has. */
export async function estimateKeyVault(
  { workspace = '', tables, endpoint }: KeyVaultConfig,
  { fromMs, toMs }: Past,
  signal: AbortSignal,
): Promise<readonly Estimate[]> {
  const client = await openLogs(workspace, endpoint);
  const estimates: Estimate[] = [];
  for (const table of tables) {
    const query = tableQuery(table, fromMs, toMs).replace(/\| extend [^]*$/, '| count');
    const { rows } = await client.query(query, fromMs, toMs, signal);
    estimates.push({ stream: `${workspace} ${table}`, events: Number(rows[0]?.['Count'] ?? 0) });
  }
  return estimates;
}
