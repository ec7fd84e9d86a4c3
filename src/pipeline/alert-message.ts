import type { Alert } from '../core/alert.ts';
import type { InMessage, OutMessage } from '../core/bus.ts';
import { isObject } from '../core/json.ts';
import type { Topics } from './topics.ts';

/** An alert as it became known, and the sinks that have to be told of it. */
export interface AlertMessage {
  readonly alert: Alert;
  readonly notify: readonly string[];
}

export function alertMessage(topics: Topics, partition: number, { alert, notify }: AlertMessage): OutMessage {
  return {
    topic: topics.name('alerts'),
    partition,
    key: alert.id,
    value: Buffer.from(JSON.stringify(alert)),
    ...(notify.length === 0 ? {} : { headers: { notify: JSON.stringify(notify) } }),
  };
}

/** undefined: nobody of us wrote it. */
export function readAlert({ value, headers }: InMessage): AlertMessage | undefined {
  try {
    const alert: unknown = JSON.parse(value?.toString() ?? '');
    const notify: unknown = JSON.parse(headers['notify'] ?? '[]');
    if (!isObject(alert) || typeof alert['id'] !== 'string' || typeof alert['version'] !== 'number') return undefined;
    return { alert: alert as unknown as Alert, notify: Array.isArray(notify) ? notify.map(String) : [] };
  } catch {
    return undefined;
  }
}
