import type { Observation } from '../core/event.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { EventHits } from './correlate.ts';

export interface Detected {
  /** The event, with the keys of the rules that it hit. */
  readonly observation: Observation;
  readonly hits: EventHits;
}

/** One event against all rules. */
export function detect(rules: RuleSet, observation: Observation): Detected {
  const matched = rules.match(observation);
  const eventId = observation.event.event.id;
  if (matched.length === 0) return { observation, hits: { eventId, hits: [] } };
  const { event } = observation;
  const keys = matched.map((index) => rules.detections[index]?.key ?? '');
  const whosaw = { ...event.whosaw, rules: keys, rules_version: rules.version };
  return {
    observation: { ...observation, event: { ...event, whosaw } },
    hits: { eventId, hits: rules.hits(observation, matched) },
  };
}
