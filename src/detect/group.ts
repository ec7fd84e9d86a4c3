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
import type { GroupHits, Opening } from './opening.ts';

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
  readonly #opening: Opening;

  /** `opening` is the group's own. */
  constructor(key: string, arena: HitArena, timespanUs: number, opening: Opening) {
    this.key = key;
    this.#arena = arena;
    this.#timespanUs = timespanUs;
    this.#opening = opening;
  }

  get length(): number {
    return this.#slots.length;
  }

  timeUs(index: number): number {
    const slot = this.#slots[index];
    return slot === undefined ? 0 : this.#arena.timeUs(slot);
  }

  base(index: number): number {
    return this.#arena.base(this.#slots[index] ?? 0);
  }

  value(index: number): string {
    const slot = this.#slots[index];
    return slot === undefined ? '' : this.#arena.value(slot);
  }

  amount(index: number): number {
    return this.#arena.amount(this.#slots[index] ?? 0);
  }

  ref(index: number): HitRef {
    return this.#arena.ref(this.#slots[index] ?? 0);
  }

  windowStart(index: number): number {
    const from = this.timeUs(index) - this.#timespanUs;
    return lowest(index, (at) => this.timeUs(at) >= from);
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
    this.#opening.inserted(this, index);
    return index;
  }

  /**
   * Makes the episodes right again after `hit` was inserted at `index`. `quiet`: none of them changed, for certain.
   */
  settle(index: number, hit: HitRef): 'told' | 'quiet' {
    if (index === this.#slots.length - 1 && !this.#opening.looksAhead) {
      return this.#step(index, hit) === undefined ? 'quiet' : 'told';
    }
    this.#rerunFrom(this.#reach(index, hit.timeUs), index);
    return 'told';
  }

  /** Evaluates again from `index` on; the episodes before it are not touched by what changed there. */
  rerun(index: number): void {
    this.#rerunFrom(index, undefined);
  }

  /**
   * Puts `hit` in the place of `old`, which comes after it: they are one access. False: the time of one of them is
   * folded away, and nothing changed.
   */
  swap(old: HitRef, hit: HitRef, appendedMs: number): boolean {
    if (this.#frontier !== undefined && compareRefs(hit, this.#frontier) <= 0) return false;
    const index = this.#indexOf(old);
    if (index < 0) return false;
    const first = lowest(index, (at) => this.#compare(at, hit) > 0);
    const from = this.#reach(first, hit.timeUs);
    this.#cut(from, undefined);
    this.#removeAt(index);
    this.#slots.splice(first, 0, this.#arena.add(hit, appendedMs));
    this.#stepFrom(from);
    return true;
  }

  /** Takes the hit out again. False: it is not there. */
  withdraw(hit: HitRef): boolean {
    const index = this.#indexOf(hit);
    if (index < 0) return false;
    const from = this.#reach(index, hit.timeUs);
    this.#cut(from, undefined);
    this.#removeAt(index);
    this.#stepFrom(from);
    return true;
  }

  /** Evaluates again what happened from that time on. */
  rerunSince(timeUs: number): void {
    const index = lowest(this.#slots.length, (at) => this.timeUs(at) >= timeUs);
    if (index < this.#slots.length) this.#rerunFrom(index, undefined);
  }

  #rerunFrom(index: number, inserted: number | undefined): void {
    this.#cut(index, inserted);
    this.#stepFrom(index);
  }

  /** The first hit whose answer depends on that at `index`, of that time: one before it may share a window with it. */
  #reach(index: number, timeUs: number): number {
    if (!this.#opening.looksAhead || index === 0) return index;
    return timeUs - this.timeUs(index - 1) <= this.#timespanUs ? index - 1 : index;
  }

  #removeAt(index: number): void {
    for (const slot of this.#slots.splice(index, 1)) this.#arena.remove(slot);
    this.#opening.reset();
  }

  #indexOf(ref: HitRef): number {
    const index = this.indexAfter(ref) - 1;
    return index >= 0 && this.#compare(index, ref) === 0 ? index : -1;
  }

  /** Takes the hits from `index` on out of the episodes; the one at `inserted` is in none yet. */
  #cut(index: number, inserted: number | undefined): void {
    const kept = this.#episodes.filter((episode) => this.#compare(index, episode.opening) > 0);
    const last = kept.at(-1);
    if (last !== undefined) kept[kept.length - 1] = this.#truncate(last, index, inserted);
    this.#episodes = kept;
  }

  #stepFrom(index: number): void {
    for (let at = index; at < this.#slots.length; at++) this.#step(at, this.ref(at));
  }

  /** The hit of this event, if it is remembered. Looks at all of them. */
  find(eventId: string, base: number): HitRef | undefined {
    for (const [index, slot] of this.#slots.entries()) {
      if (this.#arena.base(slot) === base && this.#arena.isOf(slot, eventId)) return this.ref(index);
    }
    return undefined;
  }

  /** The same hits and episodes, in another arena, as if they were appended then. */
  copyTo(arena: HitArena, opening: Opening, appendedMs: number): Group {
    const copy = new Group(this.key, arena, this.#timespanUs, opening);
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
    this.#opening.dropping(this, count);
    for (const slot of this.#slots.splice(0, count)) this.#arena.remove(slot);
    const frontierUs = this.#frontier.timeUs;
    const reach = this.#episodes.findIndex((episode) => episode.last.timeUs + this.#timespanUs >= frontierUs);
    this.#episodes = reach === -1 ? [] : this.#episodes.slice(reach);
    return count;
  }

  #step(index: number, hit: HitRef): Episode | undefined {
    const last = this.#episodes.at(-1);
    const reached = last !== undefined && hit.timeUs - last.last.timeUs <= this.#timespanUs;
    const period = periodOf(hit.timeUs, this.#timespanUs);
    if (reached && periodOf(last.opening.timeUs, this.#timespanUs) === period) {
      extendEpisode(last, hit);
      return last;
    }
    if (!this.#opening.opens(this, index)) return undefined;
    const windowStart = this.windowStart(index);
    const start = Math.max(windowStart, last === undefined ? 0 : this.indexAfter(last.last));
    const hits: HitRef[] = [];
    for (let at = start; at < index; at++) hits.push(this.ref(at));
    hits.push(hit);
    const episode = openEpisode(hits, hit, reached ? last.opening : undefined, start - windowStart);
    this.#episodes.push(episode);
    return episode;
  }

  #truncate(episode: Episode, index: number, inserted: number | undefined): Episode {
    const end = this.indexAfter(episode.last);
    const dropped = end - index - (inserted !== undefined && inserted < end ? 1 : 0);
    if (dropped <= 0)
      return { ...episode, first: [...episode.first], values: episode.values && new Map(episode.values) };
    const before = index > 0 ? this.ref(index - 1) : (this.#frontier ?? episode.opening);
    return truncateEpisode(episode, this.ref(index), dropped, before);
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
