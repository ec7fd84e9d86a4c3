import { alertEvent } from '../detect/build-alert.ts';
import type { Detected } from '../detect/detect.ts';
import type { Hit } from '../core/hit.ts';
import type { Correlation } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';
import type { HitEvent } from './hit-message.ts';
import { Lanes } from './lanes.ts';
import type { Topics } from './topics.ts';

/**
 * In which partition hits are counted. What is judged together lies together: a group; groups that share an acquaintance;
 * and rules that count one another, whole, because they are worked out from the store and only touched by hits.
 */
export class HitPlaces {
  readonly #rules: readonly Correlation[];
  readonly #lanes: Lanes;
  readonly #topics: Topics;
  readonly #families: readonly string[];

  constructor(rules: RuleSet, topics: Topics) {
    this.#rules = rules.correlations;
    this.#lanes = new Lanes(rules);
    this.#topics = topics;
    this.#families = familiesOf(rules.correlations);
  }

  /** What is told to each partition of an event. */
  placesOf({ observation, hits: { eventId, hits } }: Detected): readonly (readonly [number, HitEvent])[] {
    const places = new Map<number, { hits: Hit[]; touches: Hit[] }>();
    const at = (partition: number): { hits: Hit[]; touches: Hit[] } => {
      let place = places.get(partition);
      if (place === undefined) places.set(partition, (place = { hits: [], touches: [] }));
      return place;
    };
    for (const hit of this.#lanes.liveHits(hits)) at(this.partitionOf(hit)).hits.push(hit);
    for (const hit of hits) if (this.#isTouch(hit)) at(this.#familyPartition(hit.correlation)).touches.push(hit);
    const shown = alertEvent(observation.event);
    const { timeUs } = observation;
    return Array.from(places, ([partition, place]) => [
      partition,
      { eventId, timeUs, ...place, shown: place.hits.length === 0 ? undefined : shown },
    ]);
  }

  /** Where a group of a rule is counted. */
  partitionOf({ correlation, group }: Pick<Hit, 'correlation' | 'group'>): number {
    const rule = this.#rules[correlation];
    if (rule === undefined) return 0;
    if (this.#lanes.closed.has(correlation)) return this.#familyPartition(correlation);
    const { knownAs, groupBy, meta, settleMs } = rule;
    // Whether the rule has settled is said by the first hit of all groups.
    if (settleMs !== undefined) return this.#topics.partitionOf(meta.key);
    const values = knownAs === undefined ? group : knownAs.map((field) => group[groupBy.indexOf(field)] ?? '');
    return this.#topics.partitionOf([meta.key, ...values].join('\u001f'));
  }

  /** The rules as one partition sees them: of an event's hits it knows those that are counted or worked out there. */
  ownOf(rules: RuleSet, partition: number): RuleSet {
    return {
      version: rules.version,
      correlations: rules.correlations,
      detections: rules.detections,
      match: (observation) => rules.match(observation),
      hits: (observation, matched) =>
        rules.hits(observation, matched).flatMap((hit) => {
          const isOwn = this.partitionOf(hit) === partition;
          if (this.#isTouch(hit) && this.#familyPartition(hit.correlation) === partition) return [hit];
          const { carried: _, ...bare } = hit;
          return isOwn ? [bare] : [];
        }),
    };
  }

  #isTouch({ correlation, carried }: Hit): boolean {
    return this.#lanes.closed.has(correlation) || carried !== undefined;
  }

  #familyPartition(correlation: number): number {
    return this.#topics.partitionOf(this.#families[correlation] ?? '');
  }
}

/** By the index of a rule, the name of all rules that count one another. */
function familiesOf(rules: readonly Correlation[]): readonly string[] {
  const families = new Map(rules.map(({ meta }) => [meta.key, meta.key]));
  for (let isSettled = false; !isSettled;) {
    isSettled = true;
    for (const { meta, chained = [] } of rules) {
      const keys = [meta.key, ...chained];
      const least = keys.map((key) => families.get(key) ?? key).toSorted()[0] ?? meta.key;
      for (const key of keys) {
        if (families.get(key) === least || !families.has(key)) continue;
        families.set(key, least);
        isSettled = false;
      }
    }
  }
  return rules.map(({ meta }) => families.get(meta.key) ?? meta.key);
}
