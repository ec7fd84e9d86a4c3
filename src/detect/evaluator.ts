import { isBucketed, type Correlation } from '../core/rule.ts';
import type { Horizon } from './bucket-group.ts';
import { Buckets } from './buckets.ts';
import { Correlator, type EventHits } from './correlate.ts';
import type { EpisodeChange } from './telling.ts';
import { compareRefs } from './episode.ts';

/** An event with hits, and when it happened, in microseconds. */
export interface TimedHits extends EventHits {
  readonly timeUs: number;
}

/** Evaluates hits in the order of their time; what no later one can reach is forgotten on the way. */
export class Evaluator {
  readonly #correlator: Correlator;
  readonly #changes = new Map<string, EpisodeChange>();
  /** By index of their correlation. */
  readonly #buckets: ReadonlyMap<number, Buckets>;
  readonly #closedUs: number;

  /** `closedUs`: what came later says nothing yet. */
  constructor(rules: readonly Correlation[], closedUs: number = Number.POSITIVE_INFINITY) {
    this.#closedUs = closedUs;
    this.#buckets = new Map(
      rules.flatMap((rule, index) => (isBucketed(rule.type) ? [[index, new Buckets(index, rule)] as const] : [])),
    );
    this.#correlator = new Correlator(rules, { latenessMs: 0, hitsLimit: Number.POSITIVE_INFINITY });
  }

  /** In the order of (time, id), over all calls. */
  apply(events: readonly TimedHits[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const sliding = this.#buckets.size === 0 ? events : events.map((event) => this.#count(event));
    for (const change of this.#correlator.apply(sliding, last.timeUs / 1_000).changes) {
      const key = `${change.correlation} ${change.episode.opening.eventId} ${change.group.join('\u001f')}`;
      // Taken back before the end: it never was one.
      if (change.supersededBy === undefined) this.#changes.set(key, change);
      else this.#changes.delete(key);
    }
  }

  /** In order of opening; those of one opening in the order of their rules. */
  finish(horizon: Horizon): readonly EpisodeChange[] {
    const closed = Array.from(this.#buckets.values(), (buckets) => buckets.finish(horizon)).flat();
    return [...this.#changes.values(), ...closed].sort(
      (a, b) => compareRefs(a.episode.opening, b.episode.opening) || a.correlation - b.correlation,
    );
  }

  /** What is counted in buckets is taken out of the event's hits. */
  #count(event: TimedHits): TimedHits {
    const hits = event.hits.filter((hit) => {
      const buckets = this.#buckets.get(hit.correlation);
      if (buckets !== undefined && hit.timeUs <= this.#closedUs) buckets.add(hit);
      return buckets === undefined;
    });
    return hits.length === event.hits.length ? event : { ...event, hits };
  }
}
