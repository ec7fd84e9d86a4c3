import type { DuckDBConnection } from '@duckdb/node-api';
import type { NotificationKey } from '../../core/ports.ts';
import type { AlertRow } from './alert-row.ts';
import { CATALOG, append } from './table.ts';
import { ALERTS, NOTIFICATIONS } from './tables.ts';
import { numberOf, query, textList, textOf } from './values.ts';

/** Keeps the newest version of each alert, and who has to be told of it. */
export class AlertWriter {
  readonly #connection: DuckDBConnection;
  #nextNumber: number;

  private constructor(connection: DuckDBConnection, nextNumber: number) {
    this.#connection = connection;
    this.#nextNumber = nextNumber;
  }

  static async open(connection: DuckDBConnection): Promise<AlertWriter> {
    const [row] = await query(connection, `SELECT coalesce(max(number), 0) + 1 FROM ${CATALOG}.notifications`);
    return new AlertWriter(connection, numberOf(row?.[0]));
  }

  async write(alerts: readonly AlertRow[]): Promise<void> {
    if (alerts.length === 0) return;
    const highest = new Map<string, AlertRow>();
    for (const alert of alerts) {
      if ((highest.get(alert.id)?.version ?? -1) < alert.version) highest.set(alert.id, alert);
    }
    const rows = await query(this.#connection, VERSIONS, { ids: textList([...highest.keys()]) });
    const stored = new Map(rows.map(([id, version]) => [textOf(id), numberOf(version)]));
    const newer = [...highest.values()].filter(({ id, version }) => (stored.get(id) ?? -1) < version);
    const replaced = newer.filter(({ id }) => stored.has(id)).map(({ id }) => id);
    if (replaced.length > 0) await query(this.#connection, DELETE, { ids: textList(replaced) });
    await append(this.#connection, ALERTS, newer);
  }

  /** Known pairs are left alone. */
  async notify(keys: readonly NotificationKey[]): Promise<void> {
    if (keys.length === 0) return;
    const alerts = [...new Set(keys.map(({ alertId }) => alertId))];
    const rows = await query(this.#connection, PAIRS, { alerts: textList(alerts) });
    const known = new Set(rows.map(([alert, sink]) => pair(textOf(alert), textOf(sink))));
    const unknown = keys.filter(({ alertId, sink }) => {
      const key = pair(alertId, sink);
      return !known.has(key) && known.add(key);
    });
    await append(
      this.#connection,
      NOTIFICATIONS,
      unknown.map((key) => ({ ...key, number: this.#nextNumber++ })),
    );
  }
}

function pair(alert: string, sink: string): string {
  return JSON.stringify([alert, sink]);
}

const VERSIONS = `SELECT id, version FROM ${CATALOG}.alerts WHERE id IN (SELECT unnest($ids))`;
const DELETE = `DELETE FROM ${CATALOG}.alerts WHERE id IN (SELECT unnest($ids))`;
const PAIRS = `SELECT alert, sink FROM ${CATALOG}.notifications WHERE alert IN (SELECT unnest($alerts))`;
