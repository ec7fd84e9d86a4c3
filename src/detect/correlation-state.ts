import type { Hit } from '../core/hit.ts';
import type { Mark } from '../core/ports.ts';
import { threshold, type Correlation } from '../core/rule.ts';
import { accessesOf, copyOf, rememberAccess, type AccessHit, type CountedAccesses } from './counted-accesses.ts';
import { compareRefs, type HitRef } from './episode.ts';
import { knownKeyOf, marksKey } from './first-seen.ts';
import { Group } from './group.ts';
import { HitArena } from './hit-arena.ts';
import { Marks } from './marks.ts';
import { openingsOf } from './opening-of.ts';
import type { Opening } from './opening.ts';
import { compareOpenings, Telling, type EpisodeChange, type OpeningChange, type Told } from './telling.ts';

export interface Adoption {
  /** Event time. */
  readonly sinceUs: number;
  readonly appendedMs: number;
}

interface GroupEntry extends CountedAccesses {
  group: Group;
  readonly values: readonly string[];
}

/** All groups of one correlation. */
export class CorrelationState {
  #index: number;
  readonly #rule: Correlation;
  readonly #arena: HitArena;
  readonly #groups = new Map<string, GroupEntry>();
  readonly #newOpening: () => Opening;
  readonly #isChained: boolean;
  readonly #telling: Telling;
  readonly #own: Marks | undefined;
  readonly #known: Marks | undefined;
  readonly #knownKey: (key: string) => string;
  /** Where groups share an acquaintance: those that do. */
  readonly #acquainted: Map<string, Set<GroupEntry>> | undefined;
  readonly #timespanUs: number;
  /** Groups that were touched in this batch, with the episodes that they had before it. */
  readonly #touched = new Map<GroupEntry, readonly Told[]>();
  /** Hits in the order of appending, by batch. */
  readonly #appended: { readonly appendedMs: number; readonly groups: Set<GroupEntry> }[] = [];

  /**
   * `isChained`: another correlation counts this one's openings. `marks`: the long memory of another state of the same
   * rule, to be shared.
   */
  constructor(index: number, rule: Correlation, isChained: boolean, marks?: CorrelationState) {
    this.#index = index;
    this.#rule = rule;
    this.#isChained = isChained;
    this.#telling = new Telling(rule);
    this.#timespanUs = rule.timespanMs * 1_000;
    this.#arena = new HitArena({
      values: rule.type === 'value_count',
      amounts: rule.field !== undefined && rule.type !== 'value_count',
      carried: isChained,
    });
    this.#knownKey = knownKeyOf(rule, SEPARATOR);
    this.#acquainted = rule.knownAs === undefined ? undefined : new Map();
    const historyUs = (rule.historyMs ?? 0) * 1_000;
    const least = threshold(rule.condition);
    if (rule.type === 'first_seen') {
      this.#own = marks === undefined ? new Marks(marksKey(rule), 1, historyUs) : marks.#own;
      if (marks !== undefined) this.#known = marks.#known;
      else if (rule.knownBy.length > 0) this.#known = new Marks(`${marksKey(rule)}#known`, least, historyUs);
    }
    this.#newOpening = openingsOf(rule, { own: this.#own, known: this.#known, knownKey: this.#knownKey });
  }

  /** The same memory, of the same rule under another number. */
  as(index: number): this {
    this.#index = index;
    return this;
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

  /** A correlation that this one counts has taken an opening back. */
  withdraw(hit: Hit): void {
    const entry = this.#groups.get(hit.group.join(SEPARATOR));
    if (entry === undefined) return;
    const before = this.#touch(entry);
    if (entry.group.withdraw(hit)) this.#touched.set(entry, before);
  }

  /** What the batch changed, and the openings that came and went; the next batch starts afresh. */
  takeChanges(changes: EpisodeChange[], openings: OpeningChange[]): void {
    for (const [entry, before] of this.#touched) {
      const { group, values } = entry;
      this.#telling.compare({ key: group.key, values, correlation: this.#index }, before, group.episodes, changes);
      if (this.#isChained) compareOpenings(before, group.episodes, openings);
    }
    this.#touched.clear();
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
    const key = hit.group.join(SEPARATOR);
    const isKnown = hit.base >= this.#rule.rules.length;
    const mark = isKnown ? this.#known?.add(this.#knownKey(key), hit) : this.#own?.add(key, hit);
    if (mark !== undefined) marks.push(mark);
  }

  /** Another one begins to work groups out from the store, or has ended: what is told meanwhile it does not know of. */
  expectOther(isExpected: boolean): void {
    this.#telling.expectOther(isExpected);
    this.#own?.hold(isExpected);
    this.#known?.hold(isExpected);
  }

  /**
   * Takes over a group (and those that share its acquaintance) that `other` worked out from the store. What this memory
   * holds from `sinceUs` on may be newer than that: its hits are counted on top. What either told of is told of; what was
   * told before `other` began was in the store.
   */
  adopt(other: CorrelationState, values: readonly string[], adoption: Adoption): void {
    const shared = other.#acquainted?.get(this.#knownKey(values.join(SEPARATOR)));
    if (shared === undefined) this.#adoptGroup(other, values, adoption);
    else for (const entry of Array.from(shared)) this.#adoptGroup(other, entry.values, adoption);
  }

  #adoptGroup(other: CorrelationState, values: readonly string[], { sinceUs, appendedMs }: Adoption): void {
    const theirs = other.#groups.get(values.join(SEPARATOR));
    if (theirs === undefined) return;
    const entry = this.#entry(theirs.group.key, values);
    const before = this.#telling.toldBy(entry.group.key, theirs.group.episodes);
    const mine = accessesOf(entry).filter(({ hit }) => hit.timeUs >= sinceUs);
    entry.group.release();
    entry.group = theirs.group.copyTo(this.#arena, this.#newOpening(), appendedMs);
    entry.aliases = theirs.aliases;
    this.#remember(entry, appendedMs);
    for (const { hit, accessId, appendedMs: at } of mine) this.#count(entry, { ...hit, accessId }, at);
    // Whose history was marked meanwhile decides anew; of what lies before, the other one had a longer memory.
    if (this.#own !== undefined) entry.group.rerunSince(sinceUs);
    this.#touched.set(entry, before);
  }

  #applyOwn(key: string, hit: Hit, appendedMs: number, out: { readonly marks: Mark[]; readonly late: Hit[] }): void {
    const oldestUs = this.#own?.oldestUs ?? 0;
    const mark = this.#own?.add(key, hit);
    if (mark !== undefined) out.marks.push(mark);
    if (hit.timeUs < oldestUs) this.#settleEarlier();
    const entry = this.#entry(key, hit.group);
    const before = this.#touch(entry);
    const counted = this.#count(entry, hit, appendedMs);
    if (counted === 'late') out.late.push(hit);
    else if (counted === 'told') this.#touched.set(entry, before);
  }

  /** The rule turns out to know more of the past than it did: what it was silent about may be news. */
  #settleEarlier(): void {
    if (this.#rule.settleMs === undefined) return;
    for (const entry of this.#groups.values()) {
      if (entry.group.isEmpty) continue;
      const before = this.#touch(entry);
      entry.group.rerun(0);
      this.#touched.set(entry, before);
    }
  }

  /** `told`: it made or grew an episode, or may have. */
  #count(entry: GroupEntry, hit: AccessHit, appendedMs: number): 'told' | 'quiet' | 'late' {
    const copy = copyOf(entry, hit);
    if (copy !== undefined) return this.#countCopy(entry, copy, hit, appendedMs);
    const { group } = entry;
    const index = group.insert(hit, appendedMs);
    if (index === 'known') return 'quiet';
    if (index === 'late') return 'late';
    if (hit.accessId !== hit.eventId) rememberAccess(entry, hit);
    this.#remember(entry, appendedMs);
    return group.settle(index, hit);
  }

  /** Several events of one access (another account's copy, a late answer) count once: as the first of them. */
  #countCopy(entry: GroupEntry, copy: HitRef, hit: AccessHit, appendedMs: number): 'told' | 'quiet' {
    if (hit.eventId === copy.eventId || compareRefs(hit, copy) >= 0) return 'quiet';
    if (!entry.group.swap(copy, hit, appendedMs)) return 'quiet';
    rememberAccess(entry, hit);
    this.#remember(entry, appendedMs);
    return 'told';
  }

  /** Who is known decides about the hits that come after; some of them may be here already. */
  #applyKnown(key: string, hit: Hit, marks: Mark[]): void {
    const knownKey = this.#knownKey(key);
    const mark = this.#known?.add(knownKey, hit);
    if (mark === undefined) return;
    marks.push(mark);
    const own = this.#groups.get(key);
    for (const entry of this.#acquainted?.get(knownKey) ?? (own === undefined ? [] : [own]))
      this.#rerunAfter(entry, hit);
  }

  #rerunAfter(entry: GroupEntry, hit: Hit): void {
    const index = entry.group.indexAfter(hit);
    if (index === entry.group.length) return;
    const before = this.#touch(entry);
    entry.group.rerun(index);
    this.#touched.set(entry, before);
  }

  #entry(key: string, values: readonly string[]): GroupEntry {
    let entry = this.#groups.get(key);
    if (entry === undefined) {
      const group = new Group(key, this.#arena, this.#timespanUs, this.#newOpening());
      entry = { group, values, aliases: undefined };
      this.#groups.set(key, entry);
      this.#acquaint(key, entry);
    }
    return entry;
  }

  #acquaint(key: string, entry: GroupEntry): void {
    const shared = this.#acquainted?.get(this.#knownKey(key));
    if (shared === undefined) this.#acquainted?.set(this.#knownKey(key), new Set([entry]));
    else shared.add(entry);
  }

  #forget(key: string, entry: GroupEntry): void {
    this.#groups.delete(key);
    const shared = this.#acquainted?.get(this.#knownKey(key));
    shared?.delete(entry);
    if (shared?.size === 0) this.#acquainted?.delete(this.#knownKey(key));
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
      const { key } = entry.group;
      // An entry that went before may stand here still, after another one of its key came.
      const isGone = entry.group.isEmpty && !this.#touched.has(entry);
      if (isGone && this.#groups.get(key) === entry) this.#forget(key, entry);
    }
  }

  #touch(entry: GroupEntry): readonly Told[] {
    return this.#touched.get(entry) ?? this.#telling.told(entry.group.episodes);
  }
}

const SEPARATOR = '\u001f';
