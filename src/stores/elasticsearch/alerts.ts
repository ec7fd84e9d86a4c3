import type { Alert } from '../../core/alert.ts';
import type { AlertQuestion, StoredAlert } from '../../core/access-reader.ts';
import { parseTimeUs } from '../../lib/time.ts';
import { ask } from './answers.ts';
import type { Operation } from './bulk-size.ts';
import type { NotificationDocument } from './notification-document.ts';
import { scan, type Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

interface AlertDocument {
  readonly id: string;
  readonly opened_us: number;
  readonly first_us: number;
  readonly last_us: number;
  /** Alert as JSON. */
  readonly document: string;
}

/** Written under its own version: of several the highest stays, whichever comes last. */
export function alertOperation(index: string, alert: Alert): Operation {
  const { id, version, rule, why, count, group, superseded_by, opened, first, last } = alert;
  const document = {
    id,
    opened_us: parseTimeUs(opened) ?? 0,
    first_us: parseTimeUs(first) ?? 0,
    last_us: parseTimeUs(last) ?? 0,
    '@timestamp': opened,
    title: rule.title,
    level: rule.level,
    why,
    count,
    ...(superseded_by === undefined ? {} : { superseded_by }),
    group,
    document: JSON.stringify(alert),
  };
  const action = { index: { _index: index, _id: id, version, version_type: 'external' } };
  return { action: JSON.stringify(action), document: JSON.stringify(document) };
}

/** Alerts that were open at some time of the range, newest opening first. */
export async function readAlerts(context: StoreContext, question: AlertQuestion): Promise<readonly StoredAlert[]> {
  const { elastic, indices, settle } = context;
  await settle(indices.alerts);
  const alerts: Alert[] = [];
  for (const query of queriesOf(question)) {
    const sort = [{ opened_us: 'desc' }, { id: 'asc' }];
    const size = Math.min(question.limit, 1_000);
    for await (const page of scan<AlertDocument>(elastic, {
      index: indices.alerts,
      query,
      sort,
      fields: ['document'],
      size,
    })) {
      for (const { _source } of page) alerts.push(JSON.parse(_source.document) as Alert);
      if (alerts.length >= question.limit) break;
    }
  }
  const found = alerts.slice(0, question.limit);
  const told = await notificationsOf(
    context,
    found.map(({ id }) => id),
  );
  return found.map((alert) => ({ alert, notifications: told.get(alert.id) ?? [] }));
}

/** Newest versions by id, as they are at this moment. */
export async function alertsById(
  { elastic, indices }: StoreContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Alert>> {
  const alerts = new Map<string, Alert>();
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const body = { ids: ids.slice(from, from + IDS_AT_ONCE) };
    const path = `/${indices.alerts}/_mget`;
    const { docs } = await ask<MultiGet>(elastic, {
      method: 'POST',
      path,
      query: { _source_includes: 'document' },
      body,
    });
    for (const { _id: id, _source: source } of docs) {
      if (source !== undefined) alerts.set(id, JSON.parse(source.document) as Alert);
    }
  }
  return alerts;
}

interface MultiGet {
  readonly docs: readonly { readonly _id: string; readonly _source?: AlertDocument }[];
}

/** More than one only where more ids are asked for than a query takes. */
function queriesOf({ sinceUs, untilUs, id, ids }: AlertQuestion): readonly Query[] {
  const filter: Query[] = [
    ...(id === undefined ? [] : [{ prefix: { id } }]),
    ...(sinceUs === undefined ? [] : [{ range: { last_us: { gte: sinceUs } } }]),
    ...(untilUs === undefined ? [] : [{ range: { first_us: { lte: untilUs } } }]),
  ];
  if (ids === undefined) return [{ bool: { filter } }];
  const parts = Array.from({ length: Math.ceil(ids.length / TERMS_AT_ONCE) }, (_, part) =>
    ids.slice(part * TERMS_AT_ONCE, (part + 1) * TERMS_AT_ONCE),
  );
  return parts.map((some) => ({ bool: { filter: [...filter, { terms: { id: some } }] } }));
}

async function notificationsOf(
  { elastic, indices, settle }: StoreContext,
  alerts: readonly string[],
): Promise<Map<string, StoredAlert['notifications'][number][]>> {
  const found = new Map<string, StoredAlert['notifications'][number][]>();
  if (alerts.length > 0) await settle(indices.notifications);
  for (let from = 0; from < alerts.length; from += TERMS_AT_ONCE) {
    const query = { terms: { alert: alerts.slice(from, from + TERMS_AT_ONCE) } };
    const options = {
      index: indices.notifications,
      query,
      sort: [{ order: 'asc' }, { alert: 'asc' }, { sink: 'asc' }],
    };
    for await (const page of scan<NotificationDocument>(elastic, options)) {
      for (const {
        _source: { alert, sink, state, attempts, reason },
      } of page) {
        const told = { sink, state, attempts, ...(reason === undefined ? {} : { reason }) };
        const others = found.get(alert);
        if (others === undefined) found.set(alert, [told]);
        else others.push(told);
      }
    }
  }
  return found;
}

const TERMS_AT_ONCE = 10_000;
const IDS_AT_ONCE = 1_000;
