import type { Marks } from './marks.ts';
import { memoryless, type Opening } from './opening.ts';

export interface FirstSeenOptions {
  readonly own: Marks;
  readonly known: Marks | undefined;
  readonly least: number;
  /** How far the first hit of all groups has to lie back. */
  readonly settleMs: number;
}

/** The first hit within the history, though the group is known by `least` others. */
export function firstSeen({ own, known, least, settleMs }: FirstSeenOptions): Opening {
  return memoryless((hits, index) => {
    const { key } = hits;
    const hit = hits.ref(index);
    if (own.countBefore(key, hit, 1) > 0) return false;
    if (settleMs > 0 && hit.timeUs - own.oldestUs < settleMs * 1_000) return false;
    return known === undefined || known.countBefore(key, hit, least) >= least;
  });
}
