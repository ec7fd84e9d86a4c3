import type { Correlation } from '../core/rule.ts';
import type { EpisodeChange } from './telling.ts';
import { Evaluator, type TimedHits } from './evaluator.ts';

/**
 * All episodes of a finite set of events, whatever their order: groups are evaluated in event-time order. In order of
 * opening; those of one opening in the order of their rules. `untilUs`: so far the world was watched.
 */
export function evaluateHits(
  rules: readonly Correlation[],
  events: TimedHits[],
  untilUs: number,
): readonly EpisodeChange[] {
  const evaluator = new Evaluator(rules);
  const ordered = events.sort(compareEvents);
  for (let from = 0; from < ordered.length; from += BATCH) evaluator.apply(ordered.slice(from, from + BATCH));
  return evaluator.finish({ closedUs: Number.POSITIVE_INFINITY, untilUs });
}

const BATCH = 1_000;

function compareEvents(a: TimedHits, b: TimedHits): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}
