import type { HitRef } from './episode.ts';

/** The remembered hits of a group in order of (event time, id). */
export interface GroupHits {
  readonly key: string;
  readonly length: number;
  timeUs(index: number): number;
  ref(index: number): HitRef;
  base(index: number): number;
  value(index: number): string;
  amount(index: number): number;
  /** Index of the first hit of the window that ends with the hit at `index`. */
  windowStart(index: number): number;
}

/**
 * What a type of correlation asks of the hits of one group. The group calls `opens` in any order of hits; it tells what
 * changed before it asks again, so that answers may be worked out from the one before.
 */
export interface Opening {
  /** Whether the window that ends with the hit at `index` satisfies the condition. */
  opens(hits: GroupHits, index: number): boolean;
  /** Whether the answer for a hit depends on the next one as well. */
  readonly looksAhead: boolean;
  /** There is a new hit at `index`. */
  inserted(hits: GroupHits, index: number): void;
  /** The first `count` hits are about to go. */
  dropping(hits: GroupHits, count: number): void;
  /** Everything may be different. */
  reset(): void;
}

/** What never remembers anything. */
export function memoryless(opens: Opening['opens']): Opening {
  return { opens, looksAhead: false, inserted: nothing, dropping: nothing, reset: nothing };
}

function nothing(): void {
  // There is nothing to forget.
}
