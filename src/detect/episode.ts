import { ALERT_EVENTS_LIMIT } from '../core/alert.ts';
import type { HitPlace } from '../core/hit.ts';
import { DAY_US } from '../lib/time.ts';

export interface HitRef {
  readonly timeUs: number;
  readonly eventId: string;
  /** Which of the rules: one event may count for several. */
  readonly base: number;
  /** value_count, anomaly: the value of its field. */
  readonly value?: string;
  /** The other value_*: the number in their field. */
  readonly amount?: number;
  /** What correlations over this one count where the hit opens an alert. */
  readonly carried?: readonly HitPlace[];
}

/** One alert in the making: the hits of one group that belong together, counted, and the first of them named. */
export interface Episode {
  /** The hit whose window satisfied the condition; with rule and group it makes the alert's id. */
  readonly opening: HitRef;
  readonly first: HitRef[];
  count: number;
  last: HitRef;
  /** value_count, anomaly: each distinct value with its first hit. */
  readonly values: Map<string, HitRef> | undefined;
  /** Opening of the episode that was cut before this one. */
  readonly continues: HitRef | undefined;
  /** Hits of the opening's window that belong to that episode, and are not counted again. */
  readonly overlap: number;
  /** anomaly and silence only. */
  readonly facts?: BucketFacts;
}

/** What buckets said. */
export type BucketFacts = AnomalyFacts | SilenceFacts;

export interface AnomalyFacts {
  readonly kind: 'anomaly';
  /** When the bucket begins. */
  readonly fromUs: number;
  /** Hits or distinct values, and how many are usual. */
  readonly amount: number;
  readonly usual: number;
}

/** The episode opens at the last hit before the silence; its count is that of the buckets that were missed. */
export interface SilenceFacts {
  readonly kind: 'silence';
  /** In so many of the last buckets it came. */
  readonly came: number;
  readonly of: number;
  /** Most buckets that it left out before. */
  readonly longestGap: number;
  /** The hit that ended the silence. */
  readonly back?: HitRef;
}

/** Values beyond this are not told apart any more; far above what an alert shows. */
const VALUES_LIMIT = 10_000;

/** `hits`: those of the opening's window that belong to no other episode, the opening last. */
export function openEpisode(
  hits: readonly HitRef[],
  opening: HitRef,
  continues: HitRef | undefined,
  overlap = 0,
): Episode {
  const values = opening.value === undefined ? undefined : new Map<string, HitRef>();
  const episode: Episode = { opening, first: [], count: 0, last: opening, values, continues, overlap };
  for (const hit of hits) extendEpisode(episode, hit);
  return episode;
}

export function extendEpisode(episode: Episode, hit: HitRef): void {
  if (episode.first.length < ALERT_EVENTS_LIMIT) episode.first.push(hit);
  episode.count += 1;
  episode.last = hit;
  const { values } = episode;
  if (values === undefined || hit.value === undefined) return;
  if (!values.has(hit.value) && values.size < VALUES_LIMIT) values.set(hit.value, hit);
}

/**
 * Grows with the hits, also where the episode loses some: a late hit may make its first ones belong to an episode
 * before midnight, which it then goes on from.
 */
export function versionOf({ count, overlap }: Episode): number {
  return overlap === 0 ? count : count + overlap + 1;
}

/** The episode without its hits from `cut` on, `dropped` in number; `last` is the hit before them. */
export function truncateEpisode(episode: Episode, cut: HitRef, dropped: number, last: HitRef): Episode {
  const isBefore = (ref: HitRef): boolean => compareRefs(ref, cut) < 0;
  return {
    ...episode,
    first: episode.first.filter(isBefore),
    count: episode.count - dropped,
    last,
    values: episode.values && new Map(Array.from(episode.values).filter(([, ref]) => isBefore(ref))),
  };
}

/** Order of hits: by event time, then by event id, then by base rule. */
export function compareRefs(a: HitRef, b: HitRef): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
  if (a.eventId !== b.eventId) return a.eventId < b.eventId ? -1 : 1;
  return a.base - b.base;
}

/** Episodes are cut at UTC midnight; those of longer timespans at their multiples. */
export function periodOf(timeUs: number, timespanUs: number): number {
  return Math.floor(timeUs / Math.max(DAY_US, timespanUs));
}
