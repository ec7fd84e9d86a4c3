import type { Hit } from '../core/hit.ts';
import type { Correlation } from '../core/rule.ts';
import { anomaly } from './anomaly.ts';
import type { BucketGroup, Horizon } from './bucket-group.ts';
import type { EpisodeChange } from './telling.ts';
import { silence } from './silence.ts';

/** All groups of a correlation that counts in buckets. */
export class Buckets {
  readonly #correlation: number;
  readonly #open: () => BucketGroup;
  readonly #groups = new Map<string, { readonly values: readonly string[]; readonly buckets: BucketGroup }>();

  constructor(correlation: number, rule: Correlation) {
    this.#correlation = correlation;
    this.#open = () => (rule.type === 'silence' ? silence(rule) : anomaly(rule));
  }

  /** In the order of time. */
  add(hit: Hit): void {
    const key = hit.group.join('\u001f');
    let entry = this.#groups.get(key);
    if (entry === undefined) this.#groups.set(key, (entry = { values: hit.group, buckets: this.#open() }));
    entry.buckets.add(hit);
  }

  finish(horizon: Horizon): readonly EpisodeChange[] {
    return Array.from(this.#groups.values()).flatMap(({ values: group, buckets }) =>
      buckets.finish(horizon).map((episode) => ({ correlation: this.#correlation, group, episode, isNew: true })),
    );
  }
}
