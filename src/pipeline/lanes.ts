import type { Hit } from '../core/hit.ts';
import { needsClosing } from '../core/rule.ts';
import type { RuleSet } from '../core/rule-set.ts';

/** Which rules are evaluated while events stream, and which once their time is closed. */
export class Lanes {
  /** Indices of those that wait. */
  readonly closed: ReadonlySet<number>;
  readonly #rules: RuleSet;

  constructor(rules: RuleSet) {
    this.#rules = rules;
    this.closed = new Set(rules.correlations.flatMap((rule, index) => (needsClosing(rule) ? [index] : [])));
  }

  /** What the live correlator counts of an event's hits: nothing there counts openings of others. */
  liveHits(hits: readonly Hit[]): readonly Hit[] {
    if (this.closed.size === 0) return hits;
    return hits.flatMap((hit) => {
      if (this.closed.has(hit.correlation)) return [];
      const { carried, ...bare } = hit;
      return [carried === undefined ? hit : bare];
    });
  }

  /** The same rules, of whose hits only the live ones are told. */
  get live(): RuleSet {
    if (this.closed.size === 0) return this.#rules;
    return {
      ...this.#rules,
      hits: (observation, matched) => this.liveHits(this.#rules.hits(observation, matched)),
    };
  }
}
