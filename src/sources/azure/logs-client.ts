import type { JsonObject, JsonValue } from '../../core/json.ts';
import { azureCredential } from './credential.ts';

export interface LogsAnswer {
  readonly rows: readonly JsonObject[];
  /** There are more rows than these: too many, too large, or the query broke off. */
  readonly isPartial: boolean;
}

/** Queries of one workspace. Errors are those of the SDK, which does not retry. */
export interface LogsClient {
  query(kql: string, fromMs: number, toMs: number, signal: AbortSignal): Promise<LogsAnswer>;
}

const TIMEOUT_SECONDS = 120;

/** The only file that knows `@azure/monitor-query`; see docs/decisions/log-analytics-client.md for how to move. */
export async function openLogs(workspace: string, endpoint: string): Promise<LogsClient> {
  const { LogsQueryClient, LogsQueryResultStatus } = await import('@azure/monitor-query');
  const client = new LogsQueryClient(await azureCredential(), {
    endpoint,
    audience: endpoint,
    retryOptions: { maxRetries: 0 },
  });
  return {
    async query(kql, fromMs, toMs, signal) {
      const span = { startTime: new Date(fromMs), endTime: new Date(toMs) };
      const options = { serverTimeoutInSeconds: TIMEOUT_SECONDS, abortSignal: signal };
      const result = await client.queryWorkspace(workspace, kql, span, options);
      const isPartial = result.status === LogsQueryResultStatus.PartialFailure;
      const [table] = result.status === LogsQueryResultStatus.PartialFailure ? result.partialTables : result.tables;
      if (table === undefined) return { rows: [], isPartial };
      const names = table.columnDescriptors.map(({ name = '' }) => name);
      return { rows: table.rows.map((row) => rowOf(names, row)), isPartial };
    },
  };
}

/** Without the columns that are empty: AzureDiagnostics has hundreds of them. */
function rowOf(names: readonly string[], values: readonly unknown[]): JsonObject {
  const row: Record<string, JsonValue> = {};
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (value === null || value === undefined || value === '') continue;
    row[name] = value instanceof Date ? value.toISOString() : (value as JsonValue);
  }
  return row;
}
