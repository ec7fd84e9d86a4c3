import type { Alert, AlertEvent } from '../core/alert.ts';
import type { Observation } from '../core/event.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { alertEvent, buildAlert } from './build-alert.ts';
import { compareRefs, type HitRef } from './episode.ts';
import { Correlator, type EventHits } from './correlate.ts';
import { detect } from './detect.ts';
import type { EpisodeChange } from './correlation-state.ts';

/**
 * All alerts of a finite set of events, whatever their order: groups are evaluated in event-time order, and what no
 * later event can reach is forgotten on the way. Events without hits are not kept.
 */
export class Evaluation {
  readonly #rules: RuleSet;
  readonly #pending: (EventHits & HitRef)[] = [];
  readonly #events = new Map<string, AlertEvent>();

  constructor(rules: RuleSet) {
    this.#rules = rules;
  }

  /** The event as it goes on: with the rules that it hit. */
  add(observation: Observation): Observation {
    const detected = detect(this.#rules, observation);
    const { eventId, hits } = detected.hits;
    if (hits.length > 0) {
      this.#pending.push({ eventId, hits, timeUs: observation.timeUs, base: 0 });
      this.#events.set(eventId, alertEvent(observation.event));
    }
    return detected.observation;
  }

  /** In order of opening; those of one opening in the order of their rules. */
  finish(): readonly Alert[] {
    const { correlations, version } = this.#rules;
    const correlator = new Correlator(correlations, { latenessMs: 0, hitsLimit: Number.POSITIVE_INFINITY });
    const changes = new Map<string, EpisodeChange>();
    const ordered = this.#pending.sort(compareRefs);
    for (let from = 0; from < ordered.length; from += BATCH) {
      const batch = ordered.slice(from, from + BATCH);
      const { changes: found } = correlator.apply(batch, (batch.at(-1)?.timeUs ?? 0) / 1_000);
      for (const change of found) {
        changes.set(`${change.correlation} ${change.episode.opening.eventId} ${change.group.join('\u001f')}`, change);
      }
    }
    return Array.from(changes.values())
      .sort((a, b) => compareRefs(a.episode.opening, b.episode.opening) || a.correlation - b.correlation)
      .flatMap((change) => {
        const rule = correlations[change.correlation];
        return rule === undefined ? [] : [buildAlert(change, rule, version, (id) => this.#events.get(id))];
      });
  }
}

const BATCH = 1_000;

/** The alerts of a few events, for a rule's own tests. */
export function evaluate(rules: RuleSet, observations: readonly Observation[]): readonly Alert[] {
  const evaluation = new Evaluation(rules);
  for (const observation of observations) evaluation.add(observation);
  return evaluation.finish();
}
