import type { Mark } from '../core/ports.ts';
import { DAY_US } from '../lib/time.ts';

/** Other devices stamp the same event a little differently, which may be on the other side of midnight. */
function isMarked(days: ReadonlyMap<number, readonly MarkedHit[]>, day: number, eventId: string): boolean {
  return [day - 1, day, day + 1].some((near) => days.get(near)?.some((hit) => hit.eventId === eventId) === true);
}

interface MarkedHit {
  readonly timeUs: number;
  readonly eventId: string;
}

function compareRefs(a: MarkedHit, b: MarkedHit): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}

/**
 * Long memory: for each group the first `perDay` hits of each UTC day. Enough to say whether there was an earlier hit
 * within `historyUs`, and whether there were at least `perDay` of them; at the far edge of the history, to the day.
 */
export class Marks {
  readonly #rule: string;
  readonly #perDay: number;
  readonly #historyUs: number;
  readonly #groups = new Map<string, Map<number, MarkedHit[]>>();
  #oldestUs = Number.POSITIVE_INFINITY;
  #isHeld = false;

  constructor(rule: string, perDay: number, historyUs: number) {
    this.#rule = rule;
    this.#perDay = perDay;
    this.#historyUs = historyUs;
  }

  /** The first hit of all groups that was ever marked here; infinity when there is none. */
  get oldestUs(): number {
    return this.#oldestUs;
  }

  /** The mark that the hit changed; undefined when its day is full of earlier ones. */
  add(group: string, hit: MarkedHit): Mark | undefined {
    this.#oldestUs = Math.min(this.#oldestUs, hit.timeUs);
    const days = this.#days(group);
    const day = Math.floor(hit.timeUs / DAY_US);
    const hits = days.get(day) ?? [];
    const place = hits.findIndex((other) => compareRefs(hit, other) <= 0);
    const at = place === -1 ? hits.length : place;
    if (at >= this.#perDay || isMarked(days, day, hit.eventId)) return undefined;
    hits.splice(at, 0, { timeUs: hit.timeUs, eventId: hit.eventId });
    hits.length = Math.min(hits.length, this.#perDay);
    days.set(day, hits);
    this.#prune(days, day);
    return { rule: this.#rule, group, day, hits: [...hits] };
  }

  /** Somebody judges hits of the past, for as long as this is so: nothing is forgotten. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  restore(mark: Mark): void {
    if (mark.rule !== this.#rule) return;
    this.#days(mark.group).set(mark.day, [...mark.hits]);
    this.#oldestUs = Math.min(this.#oldestUs, ...mark.hits.map(({ timeUs }) => timeUs));
  }

  /** Hits before `hit` within the history, counted up to `limit`. */
  countBefore(group: string, hit: MarkedHit, limit: number): number {
    const fromUs = hit.timeUs - this.#historyUs;
    let count = 0;
    for (const [day, hits] of this.#groups.get(group) ?? []) {
      if ((day + 1) * DAY_US <= fromUs || day * DAY_US > hit.timeUs) continue;
      for (const other of hits) {
        if (other.timeUs >= fromUs && other.eventId !== hit.eventId && compareRefs(other, hit) < 0) count++;
      }
      if (count >= limit) return limit;
    }
    return count;
  }

  /** Drops the days that no hit from `nowUs` on can reach back to. */
  expire(nowUs: number): void {
    const oldest = Math.floor((nowUs - this.#historyUs) / DAY_US) - 1;
    for (const [group, days] of this.#groups) {
      for (const day of days.keys()) if (day < oldest) days.delete(day);
      if (days.size === 0) this.#groups.delete(group);
    }
  }

  /** Marks in memory. */
  get size(): number {
    let size = 0;
    for (const days of this.#groups.values()) size += days.size;
    return size;
  }

  #days(group: string): Map<number, MarkedHit[]> {
    let days = this.#groups.get(group);
    if (days === undefined) this.#groups.set(group, (days = new Map()));
    return days;
  }

  #prune(days: Map<number, MarkedHit[]>, newest: number): void {
    if (this.#isHeld) return;
    const oldest = newest - Math.ceil(this.#historyUs / DAY_US) - 1;
    if (days.size > this.#historyUs / DAY_US + 2) for (const day of days.keys()) if (day < oldest) days.delete(day);
  }
}
