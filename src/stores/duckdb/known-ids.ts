import { REACH_MINUTES } from '../reach.ts';
import { IdSet } from './id-set.ts';
import type { IdWords } from './id-set.ts';

/** What is known of an id, as bits. ABSENT: no event of that id is stored within reach. */
export const ABSENT = 0;
/** There is one with the same facts. */
export const SAME = 1;
/** There is one with other facts. */
export const OTHER = 2;
/** Only the database can tell. */
export const ASK = 4;

/** Facts are numbers above this, which stands for those that only the database knows. */
export const UNKNOWN_FACTS = 1;

/**
 * The ids of stored events, by minute of event time, for the minutes that batches lately were in. A minute is either
 * here with all its ids or not at all. Bounded: the minutes longest unused leave first.
 */
export class KnownIds {
  readonly #limit: number;
  /** In order of use. */
  readonly #minutes = new Map<number, Minute>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Marks the minutes as used; those that are not here. */
  use(minutes: Iterable<number>): readonly number[] {
    const missing: number[] = [];
    for (const number of minutes) {
      const minute = this.#minutes.get(number);
      if (minute === undefined) {
        missing.push(number);
        continue;
      }
      this.#minutes.delete(number);
      this.#minutes.set(number, minute);
    }
    return missing;
  }

  /** Takes in minutes with all their stored ids: the id at each index belongs to the minute at that index. */
  load(minutes: readonly number[], ids: IdWords, minuteOfId: readonly number[]): void {
    for (const number of minutes) this.#minutes.set(number, { ids: new IdSet(), isClear: true });
    for (const [index, number] of minuteOfId.entries()) {
      const minute = this.#minutes.get(number);
      if (minute === undefined) continue;
      minute.isClear = false;
      this.#put(minute, ids, index, UNKNOWN_FACTS);
    }
  }

  /** Lets go of the minutes longest unused until the bound is kept, with `room` to spare. */
  trim(room: number): void {
    for (const [number, { ids }] of this.#minutes) {
      if (this.#size + room <= this.#limit) return;
      this.#minutes.delete(number);
      this.#size -= ids.size;
    }
  }

  /** The minutes within reach of one: valid until the next load or trim. */
  around(minute: number): Neighbourhood {
    const near: Minute[] = [];
    let isComplete = true;
    for (let number = minute - REACH_MINUTES; number <= minute + REACH_MINUTES; number++) {
      const one = this.#minutes.get(number);
      if (one === undefined) isComplete = false;
      else near.push(one);
    }
    return { near, own: this.#minutes.get(minute), isComplete };
  }

  /** An event is stored; false: its minute is not here. */
  remember({ own }: Neighbourhood, ids: IdWords, index: number, facts: number): boolean {
    if (own !== undefined) this.#put(own, ids, index, facts);
    return own !== undefined;
  }

  #put(minute: Minute, ids: IdWords, index: number, facts: number): void {
    const before = minute.ids.size;
    minute.ids.set(ids, index, facts);
    this.#size += minute.ids.size - before;
  }
}

export interface Neighbourhood {
  readonly near: readonly Minute[];
  readonly own: Minute | undefined;
  readonly isComplete: boolean;
}

interface Minute {
  readonly ids: IdSet;
  /** The facts of all ids are known. */
  isClear: boolean;
}

/** Compares with the events of the id within reach: ABSENT, or a sum of SAME, OTHER and ASK. */
export function look({ near, isComplete }: Neighbourhood, ids: IdWords, index: number, facts: number): number {
  let known = isComplete ? ABSENT : ASK;
  for (const minute of near) {
    if (minute.ids.size === 0) continue;
    const found = minute.ids.get(ids, index);
    if (found === facts) known |= SAME;
    else if (found === UNKNOWN_FACTS) known |= ASK;
    else if (found !== 0) known |= OTHER;
  }
  return known;
}

/** Can `look` say ASK here? */
export function mayAsk({ near, isComplete }: Neighbourhood): boolean {
  return !isComplete || near.some(({ isClear }) => !isClear);
}
