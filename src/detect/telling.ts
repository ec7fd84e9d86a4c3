import type { Correlation } from '../core/rule.ts';
import { compareRefs, versionOf, type Episode, type HitRef } from './episode.ts';

/** What changed in one group: told once a batch, as it stands at the batch's end. */
export interface EpisodeChange {
  readonly correlation: number;
  /** Values of the group-by fields. */
  readonly group: readonly string[];
  readonly episode: Episode;
  /** Not told of before, by this correlator. */
  readonly isNew: boolean;
  /** The opening of the episode that took this one's hits over. */
  readonly supersededBy?: HitRef;
}

/** An episode as it was told. */
export interface Told {
  readonly episode: Episode;
  readonly content: string | number;
}

/** What the groups of one correlation tell of their episodes: what is new, what grew, and what was taken back. */
export class Telling {
  readonly #contentOf: (episode: Episode) => string | number;
  /** While another one works groups out: what was told meanwhile, by group and opening. */
  #meanwhile: Map<string, Map<string, Told>> | undefined;

  constructor(rule: Correlation) {
    this.#contentOf = rule.chained === undefined ? versionOf : hitsOf;
  }

  /** What is told of episodes that are as these are now. */
  told(episodes: readonly Episode[]): readonly Told[] {
    return episodes.map((episode) => ({ episode, content: this.#contentOf(episode) }));
  }

  /** Another one begins to work groups out from the store, or has ended: what is told meanwhile it does not know of. */
  expectOther(isExpected: boolean): void {
    this.#meanwhile = isExpected ? new Map() : undefined;
  }

  /** What was told by `episodes` of another one, and meanwhile. Of what both know, that one says how it was told. */
  toldBy(key: string, episodes: readonly Episode[]): readonly Told[] {
    const theirs = this.told(episodes);
    const known = new Set(theirs.map(({ episode }) => episode.opening.eventId));
    const meanwhile = Array.from(this.#meanwhile?.get(key)?.values() ?? []).flatMap(({ episode }) =>
      // That one may have told that it is over.
      known.has(episode.opening.eventId) ? [] : [{ episode, content: '' }],
    );
    return [...theirs, ...meanwhile];
  }

  /** The changes from what was told `before` to the episodes that there are now. */
  compare(
    { key, values, correlation }: TellingGroup,
    before: readonly Told[],
    episodes: readonly Episode[],
    changes: EpisodeChange[],
  ): void {
    const told = new Map(before.map(({ episode, content }) => [episode.opening.eventId, content]));
    const now = new Set(episodes.map(({ opening }) => opening.eventId));
    const changed = (episode: Episode): Pick<EpisodeChange, 'correlation' | 'group' | 'episode'> => ({
      correlation,
      group: values,
      episode: snapshot(episode),
    });
    for (const { episode } of before) {
      if (now.has(episode.opening.eventId)) continue;
      const supersededBy = takerOf(episode.opening, episodes)?.opening ?? episode.opening;
      changes.push({ ...changed(episode), isNew: false, supersededBy });
      this.#meanwhile?.get(key)?.delete(episode.opening.eventId);
    }
    for (const episode of episodes) {
      if (told.get(episode.opening.eventId) === this.#contentOf(episode)) continue;
      const change = { ...changed(episode), isNew: !told.has(episode.opening.eventId) };
      changes.push(change);
      this.#tell(key, change.episode);
    }
  }

  #tell(key: string, episode: Episode): void {
    if (this.#meanwhile === undefined) return;
    const ofGroup = this.#meanwhile.get(key) ?? new Map<string, Told>();
    this.#meanwhile.set(key, ofGroup.set(episode.opening.eventId, { episode, content: this.#contentOf(episode) }));
  }
}

/** Whose episodes they are. */
export interface TellingGroup {
  readonly key: string;
  readonly values: readonly string[];
  readonly correlation: number;
}

/** An alert that came or went, as correlations over this one see it. */
export interface OpeningChange {
  readonly opening: HitRef;
  readonly kind: 'came' | 'went';
}

/** What goes on from another alert is not counted again. */
export function compareOpenings(before: readonly Told[], episodes: readonly Episode[], changes: OpeningChange[]): void {
  const openingsOf = (list: readonly Episode[]): ReadonlyMap<string, HitRef> =>
    new Map(
      list
        .filter(({ opening, continues }) => opening.carried !== undefined && continues === undefined)
        .map(({ opening }) => [opening.eventId, opening]),
    );
  const old = openingsOf(before.map(({ episode }) => episode));
  const now = openingsOf(episodes);
  for (const [id, opening] of old) if (!now.has(id)) changes.push({ opening, kind: 'went' });
  for (const [id, opening] of now) if (!old.has(id)) changes.push({ opening, kind: 'came' });
}

/** What an episode consists of, where hits may be taken back; elsewhere their number tells. */
function hitsOf(episode: Episode): string {
  const ids = [...episode.first, episode.last].map(({ eventId }) => eventId);
  return [versionOf(episode), episode.continues?.eventId, ...ids].join(' ');
}

/** The episode that holds the time at which the other one opened; else the one that comes next, else the last. */
function takerOf(opening: HitRef, episodes: readonly Episode[]): Episode | undefined {
  const holds = episodes.find(
    ({ opening: from, last }) => from.timeUs <= opening.timeUs && opening.timeUs <= last.timeUs,
  );
  return holds ?? episodes.find((episode) => compareRefs(episode.opening, opening) > 0) ?? episodes.at(-1);
}

/** Episodes go on growing; what is told must not. */
function snapshot(episode: Episode): Episode {
  return { ...episode, first: [...episode.first], values: episode.values && new Map(episode.values) };
}
