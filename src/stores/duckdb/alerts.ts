import type { DuckDBConnection } from '@duckdb/node-api';
import type { Alert } from '../../core/alert.ts';
import type { NotificationResult } from '../../core/ports.ts';
import type { AlertQuestion, StoredAlert } from '../../core/access-reader.ts';
import { CATALOG } from './table.ts';
import { bigintOf, numberOf, optional, query, textList, textOf } from './values.ts';

/** Alerts that were open at some time of the range, newest opening first. */
export async function readAlerts(
  connection: DuckDBConnection,
  { sinceUs, untilUs, id, ids, limit }: AlertQuestion,
): Promise<readonly StoredAlert[]> {
  const rows = await query(connection, SELECT, {
    since: sinceUs === undefined ? null : bigintOf(sinceUs),
    until: untilUs === undefined ? null : bigintOf(untilUs),
    prefix: id ?? '',
    ids: ids === undefined ? null : textList(ids),
    limit: bigintOf(limit),
  });
  const alerts = rows.map(([document]) => JSON.parse(textOf(document)) as Alert);
  const told = await notificationsOf(
    connection,
    alerts.map((alert) => alert.id),
  );
  return alerts.map((alert) => ({ alert, notifications: told.get(alert.id) ?? [] }));
}

async function notificationsOf(
  connection: DuckDBConnection,
  alerts: readonly string[],
): Promise<Map<string, StoredAlert['notifications'][number][]>> {
  const found = new Map<string, StoredAlert['notifications'][number][]>();
  if (alerts.length === 0) return found;
  for (const [alert, sink, state, attempts, reason] of await query(connection, TOLD, { alerts: textList(alerts) })) {
    const why = optional(reason, textOf);
    const told = {
      sink: textOf(sink),
      state: textOf(state) as NotificationResult['state'],
      attempts: numberOf(attempts),
      ...(why === undefined ? {} : { reason: why }),
    };
    const others = found.get(textOf(alert));
    if (others === undefined) found.set(textOf(alert), [told]);
    else others.push(told);
  }
  return found;
}

const SELECT = `
  SELECT document FROM ${CATALOG}.alerts
  WHERE starts_with(id, $prefix) AND ($ids IS NULL OR id IN (SELECT unnest($ids)))
    AND ($since::BIGINT IS NULL OR last >= $since) AND ($until::BIGINT IS NULL OR first <= $until)
  ORDER BY opened DESC, id LIMIT $limit`;
const TOLD = `
  SELECT alert, sink, state, attempts, reason FROM ${CATALOG}.notifications
  WHERE alert IN (SELECT unnest($alerts)) ORDER BY number`;
