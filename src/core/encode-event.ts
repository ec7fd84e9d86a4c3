import type { Observation } from './event.ts';

/**
 * The document that is stored and shown: the event, with the vendor's redacted record under `whosaw.record`.
 * The record's own text is spliced in behind the last key, which saves printing the larger half of the document again.
 */
export function encodeEvent(observation: Observation): string {
  const head = JSON.stringify(observation.event);
  return `${head.slice(0, -2)},"record":${observation.text}}}`;
}
