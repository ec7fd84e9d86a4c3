import type { Hit } from '../core/hit.ts';
import type { Mark } from '../core/ports.ts';
import { threshold, type Correlation } from '../core/rule.ts';
import { compareRefs, type Episode, type HitRef } from './episode.ts';
import { Group, type GroupHits, type Opens } from './group.ts';
import { HitArena } from './hit-arena.ts';
import { Marks } from './marks.ts';

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
  /** Openings of those that this one took over: they were told of before. */
  readonly replaces: readonly HitRef[];
}

interface GroupEntry {
  group: Group;
  readonly values: readonly string[];
  /** Access ids of hits whose access is another event's too, with their base. */
  aliases: Set<string> | undefined;
}

/** All groups of one correlation. */
export class CorrelationState {
  readonly #index: number;
  readonly #rule: Correlation;
  readonly #arena: HitArena;
  readonly #groups = new Map<string, GroupEntry>();
  readonly #opens: Opens;
  readonly #own: Marks | undefined;
  readonly #known: Marks | undefined;
  readonly #timespanUs: number;
  /** Groups that were touched in this batch, with the episodes that they had before it. */
  readonly #touched = new Map<GroupEntry, readonly Before[]>();
  /** Hits in the order of appending, by batch. */
  readonly #appended: { readonly appendedMs: number; readonly groups: Set<GroupEntry> }[] = [];

  /** `marks`: the long memory of another state of the same rule, to be shared. */
  constructor(index: number, rule: Correlation, marks?: CorrelationState) {
    this.#index = index;
    this.#rule = rule;
    this.#timespanUs = rule.timespanMs * 1_000;
    this.#arena = new HitArena(rule.type === 'value_count');
    const historyUs = (rule.historyMs ?? 0) * 1_000;
    const least = threshold(rule.condition);
    if (rule.type === 'first_seen') {
      this.#own = marks === undefined ? new Marks(rule.meta.key, 1, historyUs) : marks.#own;
      if (marks !== undefined) this.#known = marks.#known;
      else if (rule.knownBy.length > 0) this.#known = new Marks(`${rule.meta.key}#known`, least, historyUs);
    }
    this.#opens = this.#opensBy(least);
  }

  /** Hits in memory. */
  get size(): number {
    return this.#arena.size;
  }

  get groups(): number {
    return this.#groups.size;
  }

  apply(hit: Hit, appendedMs: number, out: { readonly marks: Mark[]; readonly late: Hit[] }): void {
    const key = hit.group.join(SEPARATOR);
    if (hit.base >= this.#rule.rules.length) this.#applyKnown(key, hit, out.marks);
    else this.#applyOwn(key, hit, appendedMs, out);
  }

  /** What the batch changed; the next batch starts afresh. */
  takeChanges(changes: EpisodeChange[]): void {
    for (const [entry, before] of this.#touched) this.#compare(entry, before, changes);
    this.#touched.clear();
  }

  #compare({ group, values }: GroupEntry, before: readonly Before[], changes: EpisodeChange[]): void {
    const { episodes } = group;
    const told = new Map(before.map(({ episode, count }) => [episode.opening.eventId, count]));
    const now = new Set(episodes.map(({ opening }) => opening.eventId));
    const gone = before.filter(({ episode }) => !now.has(episode.opening.eventId)).map(({ episode }) => episode);
    for (const episode of gone) {
      const supersededBy = takerOf(episode.opening, episodes)?.opening ?? episode.opening;
      changes.push({ ...this.#change(values, episode), isNew: false, supersededBy });
    }
    for (const episode of episodes) {
      if (told.get(episode.opening.eventId) === episode.count) continue;
      const replaces = gone.map(({ opening }) => opening).filter((opening) => takerOf(opening, episodes) === episode);
      changes.push({ ...this.#change(values, episode), isNew: !told.has(episode.opening.eventId), replaces });
    }
  }

  #change(
    group: readonly string[],
    episode: Episode,
  ): Pick<EpisodeChange, 'correlation' | 'group' | 'episode' | 'replaces'> {
    return { correlation: this.#index, group, episode: snapshot(episode), replaces: [] };
  }

  /** Forgets hits appended before `cutoffMs`. */
  expire(cutoffMs: number): void {
    while (this.#appended[0] !== undefined && this.#appended[0].appendedMs < cutoffMs) this.#foldOldest();
  }

  /** Forgets the oldest appends until at most `limit` hits are left; how many it forgot. */
  evict(limit: number): number {
    const before = this.#arena.size;
    while (this.#arena.size > limit && this.#appended.length > 0) this.#foldOldest();
    return before - this.#arena.size;
  }

  restoreMark(mark: Mark): void {
    this.#own?.restore(mark);
    this.#known?.restore(mark);
  }

  /** Only marks: for the history that was there before the rule. */
  mark(hit: Hit, marks: Mark[]): void {
    const owner = hit.base >= this.#rule.rules.length ? this.#known : this.#own;
    const mark = owner?.add(hit.group.join(SEPARATOR), hit);
    if (mark !== undefined) marks.push(mark);
  }

  /**
   * Puts hits that were worked out from the store under those in memory, and evaluates the group afresh. `hits` must be
   * complete from the start of a period, less a timespan.
   */
  replace(values: readonly string[], hits: readonly Hit[], appendedMs: number): void {
    const key = values.join(SEPARATOR);
    const entry = this.#entry(key, values);
    const before = this.#touch(entry);
    const kept = entry.group.drain();
    entry.group = new Group(key, this.#arena, this.#timespanUs);
    for (const { hit, appendedMs: at } of kept)
      if (typeof entry.group.insert(hit, at) === 'number') this.#remember(entry, at);
    for (const hit of hits) {
      if (typeof entry.group.insert(hit, appendedMs) === 'number') this.#remember(entry, appendedMs);
    }
    if (!entry.group.isEmpty) entry.group.rerun(0, 0, this.#opens);
    this.#touched.set(entry, before);
  }

  #applyOwn(key: string, hit: Hit, appendedMs: number, out: { readonly marks: Mark[]; readonly late: Hit[] }): void {
    const mark = this.#own?.add(key, hit);
    if (mark !== undefined) out.marks.push(mark);
    const entry = this.#entry(key, hit.group);
    if (isKnownAccess(entry, hit)) return;
    const before = this.#touch(entry);
    const index = entry.group.insert(hit, appendedMs);
    if (index === 'known') return;
    if (index === 'late') {
      out.late.push(hit);
      return;
    }
    this.#remember(entry, appendedMs);
    if (index === entry.group.length - 1) {
      if (entry.group.stepLast(hit, this.#opens) !== undefined) this.#touched.set(entry, before);
    } else {
      entry.group.rerun(index, 1, this.#opens);
      this.#touched.set(entry, before);
    }
  }

  /** Who is known decides about the hits that come after; some of them may be here already. */
  #applyKnown(key: string, hit: Hit, marks: Mark[]): void {
    const mark = this.#known?.add(key, hit);
    if (mark === undefined) return;
    marks.push(mark);
    const entry = this.#groups.get(key);
    if (entry === undefined) return;
    const index = entry.group.indexAfter(hit);
    if (index === entry.group.length) return;
    const before = this.#touch(entry);
    entry.group.rerun(index, 0, this.#opens);
    this.#touched.set(entry, before);
  }

  #opensBy(least: number): Opens {
    const rule = this.#rule;
    switch (rule.type) {
      case 'event_count':
        return (hits, index) =>
          index + 1 >= least && hits.timeUs(index - least + 1) >= hits.timeUs(index) - this.#timespanUs;
      case 'value_count':
        return (hits, index) => distinctInWindow(hits, index, this.#timespanUs, least) >= least;
      case 'first_seen':
        return (hits, index) => this.#isFirst(hits, index, least);
    }
  }

  #isFirst(hits: GroupHits, index: number, least: number): boolean {
    const { key } = hits;
    const hit = hits.ref(index);
    if (this.#own === undefined || this.#own.countBefore(key, hit, 1) > 0) return false;
    return this.#known === undefined || this.#known.countBefore(key, hit, least) >= least;
  }

  #entry(key: string, values: readonly string[]): GroupEntry {
    let entry = this.#groups.get(key);
    if (entry === undefined) {
      entry = { group: new Group(key, this.#arena, this.#timespanUs), values, aliases: undefined };
      this.#groups.set(key, entry);
    }
    return entry;
  }

  #remember(entry: GroupEntry, appendedMs: number): void {
    const last = this.#appended.at(-1);
    // A batch of the past joins the newest one: it is forgotten a little later.
    if (last !== undefined && last.appendedMs >= appendedMs) last.groups.add(entry);
    else this.#appended.push({ appendedMs, groups: new Set([entry]) });
  }

  #foldOldest(): void {
    const oldest = this.#appended.shift();
    if (oldest === undefined) return;
    // The arena keeps whole seconds, rounded up.
    const untilMs = oldest.appendedMs + 1_001;
    for (const entry of oldest.groups) {
      entry.group.fold(untilMs);
      if (entry.group.isEmpty && !this.#touched.has(entry)) this.#groups.delete(entry.group.key);
    }
  }

  #touch(entry: GroupEntry): readonly Before[] {
    return this.#touched.get(entry) ?? entry.group.episodes.map((episode) => ({ episode, count: episode.count }));
  }
}

interface Before {
  readonly episode: Episode;
  readonly count: number;
}

const SEPARATOR = '\u001f';

/** Copies of an access come close together; a set this large holds only old ones. */
const ALIASES_LIMIT = 10_000;

/** A second event of one access (another account's copy, a late answer) is not counted again. */
function isKnownAccess(entry: GroupEntry, hit: Hit): boolean {
  const name = `${hit.base}:${hit.accessId}`;
  if (hit.accessId === hit.eventId) return entry.aliases?.has(name) ?? false;
  if (entry.aliases?.has(name) === true) return true;
  if (entry.aliases === undefined || entry.aliases.size >= ALIASES_LIMIT) entry.aliases = new Set();
  entry.aliases.add(name);
  return false;
}

function distinctInWindow(hits: GroupHits, index: number, timespanUs: number, enough: number): number {
  const from = hits.timeUs(index) - timespanUs;
  const values = new Set<string>();
  for (let at = index; at >= 0 && hits.timeUs(at) >= from && values.size < enough; at--) values.add(hits.value(at));
  return values.size;
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
