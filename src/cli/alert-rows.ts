import type { Alert } from '../core/alert.ts';
import { toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';

const COLUMNS = [
  'id',
  'level',
  'rule',
  'title',
  'opened',
  'first',
  'last',
  'count',
  'actor',
  'secret',
  'address',
  'group',
  'why',
  'quiet',
  'continues',
  'superseded_by',
] as const;

export function printAlerts(alerts: readonly Alert[], format: RowFormat): string {
  switch (format) {
    case 'ndjson':
      return toNdjson(alerts);
    case 'json':
      return toJson(alerts);
    case 'csv':
      return toCsv(COLUMNS, alerts.map(alertRow));
  }
}

function alertRow(alert: Alert): Readonly<Record<(typeof COLUMNS)[number], string | number | undefined>> {
  const event = alert.events[0];
  return {
    id: alert.id,
    level: alert.rule.level,
    rule: alert.rule.id,
    title: alert.rule.title,
    opened: alert.opened,
    first: alert.first,
    last: alert.last,
    count: alert.count,
    actor: alert.group['whosaw.actor.id'] ?? event?.actor,
    secret: alert.group['whosaw.secret.id'] ?? event?.secret,
    address: alert.group['source.address'] ?? event?.address,
    group: Object.entries(alert.group)
      .map(([field, value]) => `${field}=${value}`)
      .join(' '),
    why: alert.why,
    quiet: alert.quiet,
    continues: alert.continues,
    superseded_by: alert.superseded_by,
  };
}
