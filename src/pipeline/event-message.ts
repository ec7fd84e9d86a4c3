import type { InMessage } from '../core/bus.ts';
import { decodeEvent } from '../core/encode-event.ts';
import type { Observation } from '../core/event.ts';
import { SOURCE_TYPES } from '../core/record.ts';
import { parseTimeUs } from '../lib/time.ts';

/** undefined: nobody of us wrote it. */
export function observationOf({ value, headers }: Pick<InMessage, 'value' | 'headers'>): Observation | undefined {
  const type = SOURCE_TYPES.find((name) => name === headers['type']);
  if (value === null || type === undefined) return undefined;
  try {
    const decoded = decodeEvent(value.toString());
    const timeUs = parseTimeUs(decoded.event['@timestamp']);
    return timeUs === undefined || decoded.event.event.id === undefined ? undefined : { type, ...decoded, timeUs };
  } catch {
    return undefined;
  }
}
