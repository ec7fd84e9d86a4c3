import type { Hit } from '../core/hit.ts';
import type { Episode } from './episode.ts';

/** How far a stretch of time is known. Microseconds. */
export interface Horizon {
  /** No other hit comes at or before. */
  readonly closedUs: number;
  /** So far the world was watched: that nothing came says something. */
  readonly untilUs: number;
}

/** The buckets of one group. Hits come in the order of their time, then `finish` once. */
export interface BucketGroup {
  add(hit: Hit): void;
  /** What the closed buckets say. */
  finish(horizon: Horizon): readonly Episode[];
}
