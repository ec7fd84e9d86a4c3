import type { Correlation } from '../core/rule.ts';
import { Correlator, type EventHits } from './correlate.ts';
import type { EpisodeChange } from './correlation-state.ts';
import { compareRefs, type HitRef } from './episode.ts';

/** An event with hits, and its time. */
export type TimedHits = EventHits & HitRef;

/**
 * All episodes of a finite set of events, whatever their order: groups are evaluated in event-time order, and what no
 * later event can reach is forgotten on the way. In order of opening; those of one opening in the order of their rules.
 */
export function evaluateHits(rules: readonly Correlation[], events: TimedHits[]): readonly EpisodeChange[] {
  const correlator = new Correlator(rules, { latenessMs: 0, hitsLimit: Number.POSITIVE_INFINITY });
  const changes = new Map<string, EpisodeChange>();
  const ordered = events.sort(compareRefs);
  for (let from = 0; from < ordered.length; from += BATCH) {
    const batch = ordered.slice(from, from + BATCH);
    for (const change of correlator.apply(batch, (batch.at(-1)?.timeUs ?? 0) / 1_000).changes) {
      const key = `${change.correlation} ${change.episode.opening.eventId} ${change.group.join('\u001f')}`;
      // Taken back before the end: it never was one.
      if (change.supersededBy === undefined) changes.set(key, change);
      else changes.delete(key);
    }
  }
  return Array.from(changes.values()).sort(
    (a, b) => compareRefs(a.episode.opening, b.episode.opening) || a.correlation - b.correlation,
  );
}

const BATCH = 1_000;
