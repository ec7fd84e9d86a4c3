import type { Alert } from '../core/alert.ts';
import type { Observation } from '../core/event.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { parseTimeUs } from '../lib/time.ts';
import { scan, type ScanOptions } from './scan.ts';

/** What an id, or its first characters, means: alerts with their first events, and events. */
export interface Explained {
  readonly alerts: readonly { readonly alert: Alert; readonly events: readonly Observation[] }[];
  readonly events: readonly Observation[];
}

/** More than this and nobody can tell which is meant. */
const LIMIT = 20;

/** In what is stored. */
export async function findInStore(reader: Pick<AccessReader, 'alerts' | 'findEvents'>, id: string): Promise<Explained> {
  const alerts = await reader.alerts({ id, limit: LIMIT });
  const events = await reader.findEvents({ ids: [id], limit: LIMIT });
  const found = [];
  for (const { alert } of alerts) found.push({ alert, events: await eventsOf(reader, alert) });
  return { alerts: found, events: events.map(({ observation }) => observation) };
}

async function eventsOf(reader: Pick<AccessReader, 'findEvents'>, alert: Alert): Promise<readonly Observation[]> {
  const times = alert.events.map((event) => parseTimeUs(event['@timestamp'])).filter((time) => time !== undefined);
  const ids = alert.events.map((event) => event.id);
  if (ids.length === 0 || times.length === 0) return [];
  const timeUs: [number, number] = [Math.min(...times), Math.max(...times)];
  return (await reader.findEvents({ ids, timeUs, limit: LIMIT })).map(({ observation }) => observation);
}

/** In audit files, which are read for it: twice, because only the end tells which events an alert has. */
export async function findInFiles(options: ScanOptions, id: string): Promise<Explained> {
  const { alerts } = await scan(options);
  const meant = alerts.filter((alert) => alert.id.startsWith(id)).slice(0, LIMIT);
  const ids = new Set(meant.flatMap(({ events }) => events.map((event) => event.id)));
  const kept = new Map<string, Observation>();
  const events: Observation[] = [];
  await scan({
    ...options,
    onRejection: () => undefined,
    onSkipped: () => undefined,
    onUnreadable: () => undefined,
    onEvent: (observation) => {
      const { id: eventId } = observation.event.event;
      if (ids.has(eventId)) kept.set(eventId, observation);
      if (eventId.startsWith(id) && events.length < LIMIT) events.push(observation);
    },
  });
  return {
    alerts: meant.map((alert) => ({ alert, events: alert.events.flatMap((event) => kept.get(event.id) ?? []) })),
    events,
  };
}
