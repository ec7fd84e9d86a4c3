import type { DuckDBConnection } from '@duckdb/node-api';
import type { Alert } from '../../core/alert.ts';
import type { Notification, NotificationKey, NotificationResult } from '../../core/ports.ts';
import { CATALOG } from './table.ts';
import { bigintOf, numberOf, query, textOf } from './values.ts';

export async function pendingNotifications(
  connection: DuckDBConnection,
  limit: number,
  sink: string | undefined,
): Promise<readonly Notification[]> {
  const rows = await query(connection, PENDING, { limit: bigintOf(limit), sink: sink ?? null });
  return rows.map(([alertId, ownSink, attempts, document]) => ({
    alertId: textOf(alertId),
    sink: textOf(ownSink),
    attempts: numberOf(attempts),
    alert: JSON.parse(textOf(document)) as Alert,
  }));
}

/** Delivered and refused are final. */
export async function settleNotification(
  connection: DuckDBConnection,
  { alertId, sink }: NotificationKey,
  result: NotificationResult,
): Promise<void> {
  await query(connection, SETTLE, {
    alert: alertId,
    sink,
    state: result.state,
    attempts: 'attempts' in result ? result.attempts : null,
    reason: 'reason' in result ? result.reason : null,
    settled: 'atMs' in result ? bigintOf(result.atMs) : null,
  });
}

const PENDING = `
  SELECT n.alert, n.sink, n.attempts, a.document
  FROM ${CATALOG}.notifications n JOIN ${CATALOG}.alerts a ON a.id = n.alert
  WHERE n.state = 'pending' AND ($sink::VARCHAR IS NULL OR n.sink = $sink) ORDER BY n.number LIMIT $limit`;
const SETTLE = `
  UPDATE ${CATALOG}.notifications
  SET state = $state, attempts = coalesce($attempts::INTEGER, attempts), reason = $reason, settled = $settled::BIGINT
  WHERE alert = $alert AND sink = $sink AND state = 'pending'`;
