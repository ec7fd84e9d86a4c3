import type { Hit } from '../core/hit.ts';
import type { Mark } from '../core/ports.ts';
import { needsClosedWindow, needsClosing, type Correlation } from '../core/rule.ts';
import { childrenFirst } from './chains.ts';
import { CorrelationState, type Adoption } from './correlation-state.ts';
import type { EpisodeChange, OpeningChange } from './telling.ts';
import { RecentIds } from './recent-ids.ts';

export interface CorrelatorOptions {
  /** How late an event may come and still meet its partners in memory. */
  readonly latenessMs: number;
  /** Hits that one correlation may remember. */
  readonly hitsLimit: number;
}

export interface Correlated {
  readonly changes: readonly EpisodeChange[];
  readonly marks: readonly Mark[];
  /** Hits that came after their neighbours were forgotten: their range has to be worked out from the store. */
  readonly late: readonly Hit[];
  /** Hits that were forgotten before their time, because of the limit. */
  readonly evicted: number;
}

/** One event's hits. */
export interface EventHits {
  readonly eventId: string;
  readonly hits: readonly Hit[];
}

/**
 * Turns hits into episodes (design: time and state). Holds a set of hits: an event that was applied before changes
 * nothing, and the order in which events come does not matter as long as they are at most `latenessMs` late.
 */
export class Correlator {
  readonly #states: CorrelationState[];
  readonly #rules: readonly Correlation[];
  /** Indices: what others count comes before them. */
  readonly #order: readonly number[];
  readonly #options: CorrelatorOptions;
  /** By rule: so long before a hit lies what it may have to be judged with. */
  readonly #spansMs: readonly number[];
  #recent: RecentIds;
  /** Events that came later than the memory reaches: other copies of them may be stamped a little later. */
  #recentLate: RecentIds;
  #expiredMs = Number.NEGATIVE_INFINITY;
  #heldMs = Number.POSITIVE_INFINITY;

  /** `marks`: a correlator of the same rules whose long memory is shared. */
  constructor(rules: readonly Correlation[], options: CorrelatorOptions, marks?: Correlator) {
    this.#rules = rules;
    this.#options = options;
    this.#spansMs = rules.map((rule) => spanMs(rule, rules));
    const chained = new Set(rules.flatMap((rule) => rule.chained ?? []));
    this.#states = rules.map(
      (rule, index) =>
        new CorrelationState(
          index,
          rule,
          chained.has(rule.meta.key),
          marks === undefined ? undefined : marks.#states[index],
        ),
    );
    this.#order = childrenFirst(rules);
    this.#recent = new RecentIds(recentMs(rules, options));
    this.#recentLate = new RecentIds(recentMs(rules, options), LATE_IDS);
  }

  /** `appendedMs`: when this batch was appended, milliseconds since 1970; never less than in the call before. */
  apply(events: readonly EventHits[], appendedMs: number): Correlated {
    const changes: EpisodeChange[] = [];
    const out = { marks: [] as Mark[], late: [] as Hit[] };
    for (const { eventId, hits } of events) {
      if (hits.length === 0 || this.#recentLate.has(eventId) || !this.#recent.add(eventId, appendedMs)) continue;
      for (const hit of hits) this.#states[hit.correlation]?.apply(hit, appendedMs, out);
    }
    for (const index of this.#order) this.#takeChanges(index, appendedMs, changes, out);
    return { changes, ...out, evicted: this.#forget(appendedMs) };
  }

  /**
   * Takes over what `other` remembers of the rules that mean the same: `same` gives for each rule of this one the index of
   * that rule in `other`. The other is of no use afterwards.
   */
  inherit(other: Correlator, same: ReadonlyMap<number, number>): void {
    for (const [index, theirs] of same) {
      const state = other.#states[theirs];
      if (state !== undefined) this.#states[index] = state.as(index);
    }
    this.#recent = other.#recent;
    this.#recent.keepFor(recentMs(this.#rules, this.#options));
    this.#recentLate = other.#recentLate;
    this.#recentLate.keepFor(recentMs(this.#rules, this.#options));
  }

  /** Hits of stored events, whether their events are known or not. */
  restore(events: readonly EventHits[], appendedMs: number): readonly EpisodeChange[] {
    const changes: EpisodeChange[] = [];
    const out = { marks: [] as Mark[], late: [] as Hit[] };
    for (const { eventId, hits } of events) {
      this.#recent.add(eventId, appendedMs);
      for (const hit of hits) this.#states[hit.correlation]?.apply(hit, appendedMs, out);
    }
    for (const index of this.#order) this.#takeChanges(index, appendedMs, changes, out);
    this.#forget(appendedMs);
    return changes;
  }

  /** Of one correlation; those that count its openings learn of them, and are asked later. */
  #takeChanges(
    index: number,
    appendedMs: number,
    changes: EpisodeChange[],
    out: { readonly marks: Mark[]; readonly late: Hit[] },
  ): void {
    const openings: OpeningChange[] = [];
    const isSilent = this.#rules[index]?.isSilent === true;
    this.#states[index]?.takeChanges(isSilent ? [] : changes, openings);
    for (const { opening, kind } of openings) {
      const { timeUs, eventId, carried = [] } = opening;
      for (const place of carried) {
        const hit: Hit = { ...place, timeUs, eventId, accessId: eventId };
        const state = this.#states[place.correlation];
        if (kind === 'came') state?.apply(hit, appendedMs, out);
        else state?.withdraw(hit);
      }
    }
  }

  /** The event was applied lately. */
  knows(eventId: string): boolean {
    return this.#recent.has(eventId) || this.#recentLate.has(eventId);
  }

  /** The event was applied lately, or lately before `hold`. */
  knew(eventId: string): boolean {
    return this.#recent.knew(eventId) || this.#recentLate.has(eventId);
  }

  /** For events that came later than the memory reaches: only the long memory learns of them, unless they are known. */
  applyLate(events: readonly EventHits[], appendedMs: number): Pick<Correlated, 'marks' | 'late'> {
    const unknown = events.filter(
      ({ eventId }) => !this.#recent.has(eventId) && this.#recentLate.add(eventId, appendedMs),
    );
    return { marks: this.mark(unknown), late: unknown.flatMap(({ hits }) => hits) };
  }

  /** Only the long memory: for history that needs no alerts. */
  mark(events: readonly EventHits[]): readonly Mark[] {
    const marks: Mark[] = [];
    for (const { hits } of events) for (const hit of hits) this.#states[hit.correlation]?.mark(hit, marks);
    return marks;
  }

  restoreMarks(marks: readonly Mark[]): void {
    for (const mark of marks) for (const state of this.#states) state.restoreMark(mark);
  }

  /**
   * Another one begins to work groups out, which `adopt` takes over: hits that are appended from then on stay until
   * `release`, and `knew` knows what is known now.
   */
  hold(appendedMs: number): void {
    this.#heldMs = appendedMs;
    this.#recent.hold(true);
    for (const state of this.#states) state.expectOther(true);
  }

  release(): void {
    this.#heldMs = Number.POSITIVE_INFINITY;
    this.#recent.hold(false);
    for (const state of this.#states) state.expectOther(false);
  }

  /** See CorrelationState.adopt: `other` has the same rules; the changes come with the next apply. */
  adopt(other: Correlator, correlation: number, group: readonly string[], adoption: Adoption): void {
    const theirs = other.#states[correlation];
    if (theirs !== undefined) this.#states[correlation]?.adopt(theirs, group, adoption);
  }

  get stats(): { readonly hits: number; readonly groups: number } {
    let hits = 0;
    let groups = 0;
    for (const state of this.#states) {
      hits += state.size;
      groups += state.groups;
    }
    return { hits, groups };
  }

  #forget(nowMs: number): number {
    let evicted = 0;
    const isDue = Math.abs(nowMs - this.#expiredMs) >= EXPIRE_EVERY_MS;
    for (const [index, state] of this.#states.entries()) {
      const keptMs = this.#options.latenessMs + (this.#spansMs[index] ?? 0);
      if (isDue) state.expire(Math.min(nowMs - keptMs, this.#heldMs - APPEND_PRECISION_MS));
      if (state.size > this.#options.hitsLimit) evicted += state.evict(this.#options.hitsLimit);
    }
    if (isDue) this.#expiredMs = nowMs;
    return evicted;
  }
}

/** So long an event can meet hits that are remembered. Events of the store, which closed windows are about, come once. */
function recentMs(rules: readonly Correlation[], { latenessMs }: CorrelatorOptions): number {
  const live = rules.filter((rule) => !needsClosing(rule));
  return latenessMs + Math.max(0, ...live.map(({ timespanMs }) => timespanMs));
}

/** A window, and the one before it where the next hit may undo what a window said, be it of what is counted. */
function spanMs({ timespanMs, condition, chained = [] }: Correlation, rules: readonly Correlation[]): number {
  const below = chained.flatMap((key) => rules.filter(({ meta }) => meta.key === key));
  const ownMs = timespanMs * (needsClosedWindow(condition) ? 2 : 1);
  return ownMs + Math.max(0, ...below.map((child) => spanMs(child, rules)));
}

/** A million of them take 32 MB. */
const LATE_IDS = 500_000;
const EXPIRE_EVERY_MS = 1_000;
/** The arena keeps whole seconds. */
const APPEND_PRECISION_MS = 1_001;
