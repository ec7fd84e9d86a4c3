import type { TableName } from './config.ts';

/** More rows than an answer has are asked for in two halves; Azure gives at most 500,000 rows and 100 MB. */
export const ROWS_LIMIT = 20_000;

/**
 * Rows of a table that arrived in a span, whenever they happened. Times are asked for as text, because a client's clock
 * types cut them to milliseconds.
 */
export function tableQuery(table: TableName, fromMs: number, toMs: number): string {
  return [
    table,
    `| where ingestion_time() >= datetime(${new Date(fromMs).toISOString()}) and ingestion_time() < datetime(${new Date(toMs).toISOString()})`,
    ...FILTERS[table],
    '| extend TimeGenerated = tostring(TimeGenerated)',
    `| take ${ROWS_LIMIT}`,
  ].join('\n');
}

const FILTERS: Readonly<Record<TableName, readonly string[]>> = {
  AZKVAuditLogs: [],
  AzureDiagnostics: ['| where ResourceProvider =~ "MICROSOFT.KEYVAULT" and Category == "AuditEvent"'],
  AzureActivity: [
    '| where OperationNameValue startswith "MICROSOFT.KEYVAULT/" or OperationNameValue startswith "MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/"',
  ],
};
