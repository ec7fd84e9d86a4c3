import type { Observation } from '../core/event.ts';
import type { Rejection, RejectionReason } from '../core/record.ts';
import { id128 } from '../lib/hash.ts';

/** The same place with the same reason is the same rejection. What has no place can't be told from another one: undefined. */
export function rejectionKey({ origin, reason }: Pick<Rejection, 'origin' | 'reason'>): string | undefined {
  const hasPlace = origin.file !== undefined || origin.offset !== undefined;
  return hasPlace
    ? id128(JSON.stringify([origin.source, origin.file ?? null, origin.offset ?? null, reason]))
    : undefined;
}

/** Of an event that could not be stored: it has an id even where it has no place. */
export function rejectedEventKey({ event }: Observation, reason: RejectionReason): string {
  const { origin } = event.whosaw;
  return rejectionKey({ origin, reason }) ?? id128(JSON.stringify([origin.source, reason, event.event.id]));
}

/** An event that contradicts the stored one of its id. */
export function conflictOf(observation: Observation): Rejection {
  return rejectionOf(observation, 'conflict', 'The same id as a stored event, with another actor, secret or outcome.');
}

export function rejectionOf({ event, record, text }: Observation, reason: RejectionReason, message: string): Rejection {
  return { origin: event.whosaw.origin, reason, message, length: Buffer.byteLength(text), keys: Object.keys(record) };
}
