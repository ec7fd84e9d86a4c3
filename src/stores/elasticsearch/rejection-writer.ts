import { randomUUID } from 'node:crypto';
import type { Observation } from '../../core/event.ts';
import type { Rejection } from '../../core/record.ts';
import { conflictOf, rejectedEventKey, rejectionKey, rejectionOf } from '../rejections.ts';
import type { Operation } from './bulk-size.ts';
import type { Verdict } from './event-writer.ts';

/** Created once for each place and reason; what has no place is counted each time. */
export function rejectionOperation(index: string, rejection: Rejection, appendedMs: number, key?: string): Operation {
  const { origin, reason, message, length, keys } = rejection;
  const id = key ?? rejectionKey(rejection) ?? randomUUID();
  return {
    action: JSON.stringify({ create: { _index: index, _id: id } }),
    document: JSON.stringify({
      ...origin,
      reason,
      message,
      length,
      keys,
      '@timestamp': new Date(appendedMs).toISOString(),
    }),
  };
}

/** Events that contradict a stored one, and those that the mapping does not take. */
export function rejectedEvent(
  index: string,
  event: Observation,
  verdict: Verdict,
  appendedMs: number,
): readonly Operation[] {
  if (verdict.kind === 'conflict') {
    return [rejectionOperation(index, conflictOf(event), appendedMs, rejectedEventKey(event, 'conflict'))];
  }
  if (verdict.kind === 'refused') {
    const message = `Elasticsearch does not take this event: ${verdict.problem}.`;
    const rejection = rejectionOf(event, 'unstorable', message);
    return [rejectionOperation(index, rejection, appendedMs, rejectedEventKey(event, 'unstorable'))];
  }
  return [];
}
