import {
  compareRefs,
  extendEpisode,
  openEpisode,
  periodOf,
  truncateEpisode,
  type Episode,
  type HitRef,
} from './episode.ts';
import type { HitArena, Slot } from './hit-arena.ts';
import { ValueWindow } from './value-window.ts';

/** What a group asks of its rule: whether the hit at `index` of `hits` opens an episode. */
export interface Opens {
  (hits: GroupHits, index: number): boolean;
}

/** The remembered hits of a group in order of (event time, id). */
export interface GroupHits {
  readonly key: string;
  readonly length: number;
  timeUs(index: number): number;
  ref(index: number): HitRef;
  value(index: number): string;
  /** Distinct values of the hit at `index` and those within the timespan before it. */
  distinct(index: number): number;
}

/**
 * One group of one correlation: its hits and the episodes they make. The episodes are always those that the whole
 * sequence of hits gives, whatever the order in which the hits came.
 */
export class Group implements GroupHits {
  readonly key: string;
  readonly #arena: HitArena;
  readonly #timespanUs: number;
  readonly #slots: Slot[] = [];
  #episodes: Episode[] = [];
  /** The last hit that was folded away; what sorts before it came too late for this memory. */
  #frontier: HitRef | undefined;
  /** Only where values are counted. */
  #window: ValueWindow | undefined;

  constructor(key: string, arena: HitArena, timespanUs: number) {
    this.key = key;
    this.#arena = arena;
    this.#timespanUs = timespanUs;
  }

  get length(): number {
    return this.#slots.length;
  }

  timeUs(index: number): number {
    const slot = this.#slots[index];
    return slot === undefined ? 0 : this.#arena.timeUs(slot);
  }

  value(index: number): string {
    const slot = this.#slots[index];
    return slot === undefined ? '' : this.#arena.value(slot);
  }

  ref(index: number): HitRef {
    const slot = this.#slots[index] ?? 0;
    const value = this.#arena.value(slot);
    const ref = { timeUs: this.#arena.timeUs(slot), eventId: this.#arena.eventId(slot), base: this.#arena.base(slot) };
    return value === '' ? ref : { ...ref, value };
  }

  distinct(index: number): number {
    this.#window ??= new ValueWindow();
    return this.#window.distinct(this, this.#windowStart(index), index + 1);
  }

  get episodes(): readonly Episode[] {
    return this.#episodes;
  }

  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  /** Index at which the hit was inserted; undefined when it is known already, or sorts into what was folded away. */
  insert(hit: HitRef, appendedMs: number): number | 'known' | 'late' {
    if (this.#frontier !== undefined && compareRefs(hit, this.#frontier) <= 0) {
      return compareRefs(hit, this.#frontier) === 0 ? 'known' : 'late';
    }
    const slot = this.#arena.add(hit, appendedMs);
    const index = this.#place(slot);
    const before = this.#slots[index - 1];
    if (before !== undefined && this.#arena.compare(before, slot) === 0) {
      this.#arena.remove(slot);
      return 'known';
    }
    if (index === this.#slots.length) this.#slots.push(slot);
    else this.#slots.splice(index, 0, slot);
    this.#window?.inserted(index, hit.value ?? '');
    return index;
  }

  /** The fast way: the hit was inserted last. The episode that it opened or grew, if any. */
  stepLast(hit: HitRef, opens: Opens): Episode | undefined {
    return this.#step(this.#slots.length - 1, hit, opens);
  }

  /**
   * Evaluates again from `index` on; the episodes before it are not touched by what changed there. `inserted`: whether
   * the hit at `index` is new, that is counted nowhere yet.
   */
  rerun(index: number, inserted: 0 | 1, opens: Opens): void {
    this.#cut(index, inserted);
    this.#stepFrom(index, opens);
  }

  /**
   * Puts `hit` in the place of `old`, which comes after it: they are one access. False: the time of one of them is
   * folded away, and nothing changed.
   */
  swap(old: HitRef, hit: HitRef, appendedMs: number, opens: Opens): boolean {
    if (this.#frontier !== undefined && compareRefs(hit, this.#frontier) <= 0) return false;
    const index = this.indexAfter(old) - 1;
    if (index < 0 || this.#compare(index, old) !== 0) return false;
    const first = lowest(index, (at) => this.#compare(at, hit) > 0);
    this.#cut(first, 0);
    for (const slot of this.#slots.splice(index, 1)) this.#arena.remove(slot);
    this.#slots.splice(first, 0, this.#arena.add(hit, appendedMs));
    this.#window = undefined;
    this.#stepFrom(first, opens);
    return true;
  }

  #cut(index: number, inserted: 0 | 1): void {
    const kept = this.#episodes.filter((episode) => this.#compare(index, episode.opening) > 0);
    const last = kept.at(-1);
    if (last !== undefined) kept[kept.length - 1] = this.#truncate(last, index, inserted);
    this.#episodes = kept;
  }

  #stepFrom(index: number, opens: Opens): void {
    for (let at = index; at < this.#slots.length; at++) this.#step(at, this.ref(at), opens);
  }

  /** The hit of this event, if it is remembered. Looks at all of them. */
  find(eventId: string, base: number): HitRef | undefined {
    for (const [index, slot] of this.#slots.entries()) {
      if (this.#arena.base(slot) === base && this.#arena.isOf(slot, eventId)) return this.ref(index);
    }
    return undefined;
  }

  /** The same hits and episodes, in another arena, as if they were appended then. */
  copyTo(arena: HitArena, appendedMs: number): Group {
    const copy = new Group(this.key, arena, this.#timespanUs);
    for (const index of this.#slots.keys()) copy.#slots.push(arena.add(this.ref(index), appendedMs));
    copy.#episodes = [...this.#episodes];
    copy.#frontier = this.#frontier;
    return copy;
  }

  /** Index of the first hit that comes after `ref`; `length` when there is none. */
  indexAfter(ref: HitRef): number {
    return lowest(this.#slots.length, (index) => this.#compare(index, ref) > 0);
  }

  /** All remembered hits, in order. */
  hits(): readonly { readonly hit: HitRef; readonly appendedMs: number }[] {
    return this.#slots.map((slot, index) => ({ hit: this.ref(index), appendedMs: this.#arena.appendedMs(slot) }));
  }

  /** Gives back the place of its hits; the group is of no use afterwards. */
  release(): void {
    for (const slot of this.#slots.splice(0)) this.#arena.remove(slot);
  }

  /** Forgets what was appended before `cutoffMs`, oldest event first, and episodes that nothing can reach any more. */
  fold(cutoffMs: number): number {
    let count = 0;
    while (count < this.#slots.length && this.#arena.appendedMs(this.#slots[count] ?? 0) < cutoffMs) count++;
    return this.#foldFirst(count);
  }

  #foldFirst(count: number): number {
    if (count === 0) return 0;
    this.#frontier = this.ref(count - 1);
    this.#window?.dropping(this, count);
    for (const slot of this.#slots.splice(0, count)) this.#arena.remove(slot);
    const frontierUs = this.#frontier.timeUs;
    const reach = this.#episodes.findIndex((episode) => episode.last.timeUs + this.#timespanUs >= frontierUs);
    this.#episodes = reach === -1 ? [] : this.#episodes.slice(reach);
    return count;
  }

  #step(index: number, hit: HitRef, opens: Opens): Episode | undefined {
    const last = this.#episodes.at(-1);
    const reached = last !== undefined && hit.timeUs - last.last.timeUs <= this.#timespanUs;
    const period = periodOf(hit.timeUs, this.#timespanUs);
    if (reached && periodOf(last.opening.timeUs, this.#timespanUs) === period) {
      extendEpisode(last, hit);
      return last;
    }
    if (!opens(this, index)) return undefined;
    const windowStart = this.#windowStart(index);
    const start = Math.max(windowStart, last === undefined ? 0 : this.indexAfter(last.last));
    const hits: HitRef[] = [];
    for (let at = start; at < index; at++) hits.push(this.ref(at));
    hits.push(hit);
    const episode = openEpisode(hits, hit, reached ? last.opening : undefined, start - windowStart);
    this.#episodes.push(episode);
    return episode;
  }

  #truncate(episode: Episode, index: number, inserted: 0 | 1): Episode {
    const dropped = this.indexAfter(episode.last) - index - inserted;
    if (dropped <= 0)
      return { ...episode, first: [...episode.first], values: episode.values && new Map(episode.values) };
    const before = index > 0 ? this.ref(index - 1) : (this.#frontier ?? episode.opening);
    return truncateEpisode(episode, this.ref(index), dropped, before);
  }

  #windowStart(index: number): number {
    const from = this.timeUs(index) - this.#timespanUs;
    return lowest(index, (at) => this.timeUs(at) >= from);
  }

  #place(slot: Slot): number {
    const last = this.#slots.at(-1);
    if (last === undefined || this.#arena.compare(last, slot) <= 0) return this.#slots.length;
    return lowest(this.#slots.length, (index) => this.#arena.compare(this.#slots[index] ?? 0, slot) > 0);
  }

  #compare(index: number, ref: HitRef): number {
    const byTime = this.timeUs(index) - ref.timeUs;
    return byTime !== 0 ? byTime : compareRefs(this.ref(index), ref);
  }
}

/** The first index below `length` that satisfies; `length` when none does. Once satisfied, all behind it must be. */
function lowest(length: number, satisfies: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (satisfies(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
