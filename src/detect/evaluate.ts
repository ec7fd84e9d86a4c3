import type { Alert, AlertEvent } from '../core/alert.ts';
import type { Observation } from '../core/event.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { alertEvent, buildAlert } from './build-alert.ts';
import { detect } from './detect.ts';
import { evaluateHits } from './evaluate-hits.ts';
import type { TimedHits } from './evaluator.ts';

/** All alerts of a finite set of events, whatever their order. Events without hits are not kept. */
export class Evaluation {
  readonly #rules: RuleSet;
  readonly #pending: TimedHits[] = [];
  readonly #events = new Map<string, AlertEvent>();
  #newestUs = Number.NEGATIVE_INFINITY;

  constructor(rules: RuleSet) {
    this.#rules = rules;
  }

  /** The event as it goes on: with the rules that it hit. */
  add(observation: Observation): Observation {
    const detected = detect(this.#rules, observation);
    const { eventId, hits } = detected.hits;
    const { timeUs } = observation;
    this.#newestUs = Math.max(this.#newestUs, timeUs);
    if (hits.length > 0) {
      this.#pending.push({ eventId, hits, timeUs });
      this.#events.set(eventId, alertEvent(observation.event));
    }
    return detected.observation;
  }

  /** Events up to this time came, and hit nothing. */
  passed(newestUs: number): void {
    this.#newestUs = Math.max(this.#newestUs, newestUs);
  }

  /**
   * In order of opening; those of one opening in the order of their rules. `untilUs`: so far the world was watched, though
   * nothing may have come; else until the newest event.
   */
  finish(untilUs: number = this.#newestUs): readonly Alert[] {
    const { correlations, version } = this.#rules;
    return evaluateHits(correlations, this.#pending, untilUs).flatMap((change) => {
      const rule = correlations[change.correlation];
      return rule === undefined ? [] : [buildAlert(change, rule, version, (id) => this.#events.get(id))];
    });
  }
}

/** The alerts of a few events, for a rule's own tests. */
export function evaluate(rules: RuleSet, observations: readonly Observation[], untilUs?: number): readonly Alert[] {
  const evaluation = new Evaluation(rules);
  for (const observation of observations) evaluation.add(observation);
  return evaluation.finish(untilUs);
}
