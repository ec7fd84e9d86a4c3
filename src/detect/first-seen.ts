import type { Marks } from './marks.ts';
import { memoryless, type Opening } from './opening.ts';

/** The first hit within the history, though the group is known by `least` others. */
export function firstSeen(own: Marks, known: Marks | undefined, least: number): Opening {
  return memoryless((hits, index) => {
    const { key } = hits;
    const hit = hits.ref(index);
    if (own.countBefore(key, hit, 1) > 0) return false;
    return known === undefined || known.countBefore(key, hit, least) >= least;
  });
}
