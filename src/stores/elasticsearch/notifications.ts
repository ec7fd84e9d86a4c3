import type { Notification, NotificationKey, NotificationResult } from '../../core/ports.ts';
import { id128 } from '../../lib/hash.ts';
import { alertsById } from './alerts.ts';
import { ask } from './answers.ts';
import type { Operation } from './bulk-size.ts';
import type { NotificationDocument } from './notification-document.ts';
import { term } from './query-dsl.ts';
import { scan } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** Created once for each alert and sink: a known pair is left alone. */
export class NotificationWriter {
  readonly #index: string;
  #last = 0;

  constructor(index: string) {
    this.#index = index;
  }

  operations(keys: readonly NotificationKey[], nowMs: number): readonly Operation[] {
    return keys.map((key) => {
      this.#last = Math.max(this.#last + 1, nowMs * 1_000);
      const { alertId: alert, sink } = key;
      const document: NotificationDocument = { order: this.#last, alert, sink, state: 'pending', attempts: 0 };
      return {
        action: JSON.stringify({ create: { _index: this.#index, _id: documentId(key) } }),
        document: JSON.stringify(document),
      };
    });
  }
}

export async function pendingNotifications(
  context: StoreContext,
  limit: number,
  sink: string | undefined,
): Promise<readonly Notification[]> {
  const { elastic, indices, settle } = context;
  await settle(indices.notifications);
  const pending: Notification[] = [];
  const filter = [term('state', 'pending'), ...(sink === undefined ? [] : [term('sink', sink)])];
  const sort = [{ order: 'asc' }, { alert: 'asc' }, { sink: 'asc' }];
  const options = { index: indices.notifications, query: { bool: { filter } }, sort, size: Math.min(limit, 1_000) };
  for await (const page of scan<NotificationDocument>(elastic, options)) {
    const alerts = await alertsById(context, [...new Set(page.map(({ _source }) => _source.alert))]);
    for (const { _source: entry } of page) {
      const alert = alerts.get(entry.alert);
      if (alert !== undefined)
        pending.push({ alertId: entry.alert, sink: entry.sink, attempts: entry.attempts, alert });
    }
    if (pending.length >= limit) break;
  }
  return pending.slice(0, limit);
}

/** Delivered and refused are final: of two who settle at once, one sees what the other wrote. */
export async function settleNotification(
  { elastic, indices }: StoreContext,
  key: NotificationKey,
  result: NotificationResult,
): Promise<void> {
  const path = `/${indices.notifications}/_doc/${documentId(key)}`;
  for (;;) {
    const got = await ask<Got>(elastic, { method: 'GET', path }, [404]);
    const { _source: entry, _seq_no: number = 0, _primary_term: primaryTerm = 0 } = got;
    if (entry?.state !== 'pending') return;
    const { order, alert, sink, attempts } = entry;
    const document: NotificationDocument = {
      order,
      alert,
      sink,
      state: result.state,
      attempts: 'attempts' in result ? result.attempts : attempts,
      ...('reason' in result ? { reason: result.reason } : {}),
      ...('atMs' in result ? { settled: result.atMs } : {}),
    };
    const query = { if_seq_no: number, if_primary_term: primaryTerm };
    const answer = await elastic.request({ method: 'PUT', path, query, body: document });
    if (answer.status === 409) continue;
    if (answer.status >= 300) await ask(elastic, { method: 'PUT', path, query, body: document });
    return;
  }
}

interface Got {
  readonly _source?: NotificationDocument;
  readonly _seq_no?: number;
  readonly _primary_term?: number;
}

function documentId({ alertId, sink }: NotificationKey): string {
  return id128('notification', alertId, sink);
}
