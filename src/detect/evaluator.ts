import type { Correlation } from '../core/rule.ts';
import { Correlator, type EventHits } from './correlate.ts';
import type { EpisodeChange } from './correlation-state.ts';
import { compareRefs } from './episode.ts';

/** An event with hits, and when it happened, in microseconds. */
export interface TimedHits extends EventHits {
  readonly timeUs: number;
}

/** How far a stretch of time is known. Microseconds. */
export interface Horizon {
  /** No other hit comes at or before. */
  readonly closedUs: number;
  /** So far the world was watched: that nothing came says something. */
  readonly untilUs: number;
}

/** Evaluates hits in the order of their time; what no later one can reach is forgotten on the way. */
export class Evaluator {
  readonly #correlator: Correlator;
  readonly #changes = new Map<string, EpisodeChange>();

  constructor(rules: readonly Correlation[]) {
    this.#correlator = new Correlator(rules, { latenessMs: 0, hitsLimit: Number.POSITIVE_INFINITY });
  }

  /** In the order of (time, id), over all calls. */
  apply(events: readonly TimedHits[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    for (const change of this.#correlator.apply(events, last.timeUs / 1_000).changes) {
      const key = `${change.correlation} ${change.episode.opening.eventId} ${change.group.join('\u001f')}`;
      // Taken back before the end: it never was one.
      if (change.supersededBy === undefined) this.#changes.set(key, change);
      else this.#changes.delete(key);
    }
  }

  /** In order of opening; those of one opening in the order of their rules. */
  finish(_: Horizon): readonly EpisodeChange[] {
    return Array.from(this.#changes.values()).sort(
      (a, b) => compareRefs(a.episode.opening, b.episode.opening) || a.correlation - b.correlation,
    );
  }
}
