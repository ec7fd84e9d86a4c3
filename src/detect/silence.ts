import type { Hit } from '../core/hit.ts';
import { bucketsOf, threshold, type Correlation } from '../core/rule.ts';
import type { BucketGroup, Horizon } from './bucket-group.ts';
import type { Episode, HitRef } from './episode.ts';

/**
 * Expected, and did not come: the group came in as many of the last buckets as `condition` says, and has now left out more
 * in a row than ever within the history. One alert a silence: it opens at the last hit before, counts the buckets that
 * were missed, and ends with the hit that comes after all, or when the group is no longer expected.
 */
export function silence(rule: Correlation): BucketGroup {
  return new SilentBuckets(rule);
}

class SilentBuckets implements BucketGroup {
  readonly #spanUs: number;
  readonly #history: number;
  readonly #least: number;
  /** Buckets in which the group came, in order. */
  #came: number[] = [];
  #last: HitRef | undefined;
  /** The silence that goes on. */
  #open: Episode | undefined;
  readonly #episodes: Episode[] = [];

  constructor(rule: Correlation) {
    this.#spanUs = rule.timespanMs * 1_000;
    this.#history = bucketsOf(rule);
    this.#least = threshold(rule.condition);
  }

  add({ timeUs, eventId, base }: Hit): void {
    const ref = { timeUs, eventId, base };
    const bucket = Math.floor(timeUs / this.#spanUs);
    const before = this.#came.at(-1);
    if (before === undefined || bucket > before) {
      this.#leaveOut(bucket);
      this.#close(ref);
      this.#came.push(bucket);
      const gone = this.#came.findIndex((came) => came >= bucket - this.#history);
      if (gone > 0) this.#came.splice(0, gone);
    }
    this.#last = ref;
  }

  finish({ untilUs }: Horizon): readonly Episode[] {
    this.#leaveOut(Math.floor(untilUs / this.#spanUs));
    this.#close();
    return this.#episodes;
  }

  /** Nothing came between the last bucket and this one. */
  #leaveOut(next: number): void {
    const last = this.#came.at(-1);
    if (last === undefined || this.#last === undefined) return;
    const longest = longestGaps(this.#came);
    // The first of those that came within the history of the bucket in question.
    let first = 0;
    for (let bucket = last + 1; bucket < next; bucket++) {
      while ((this.#came[first] ?? bucket) < bucket - this.#history) first += 1;
      const came = this.#came.length - first;
      if (came < this.#least) {
        this.#close();
        return;
      }
      const longestGap = longest[first] ?? 0;
      if (bucket - last > longestGap) this.#miss(bucket, { came, longestGap }, this.#last);
    }
  }

  #miss(bucket: number, seen: { readonly came: number; readonly longestGap: number }, opening: HitRef): void {
    const last = { ...opening, timeUs: (bucket + 1) * this.#spanUs };
    if (this.#open !== undefined) {
      this.#open = { ...this.#open, count: this.#open.count + 1, last };
      return;
    }
    const facts = { kind: 'silence', of: this.#history, ...seen } as const;
    this.#open = {
      opening,
      first: [opening],
      count: 1,
      last,
      values: undefined,
      continues: undefined,
      overlap: 0,
      facts,
    };
  }

  #close(back?: HitRef): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    if (back === undefined || open.facts?.kind !== 'silence') this.#episodes.push(open);
    else this.#episodes.push({ ...open, first: [...open.first, back], last: back, facts: { ...open.facts, back } });
  }
}

/** For each bucket, how many were left out in a row at most between it and the last. */
function longestGaps(came: readonly number[]): readonly number[] {
  const longest = came.map(() => 0);
  for (let index = came.length - 2; index >= 0; index--) {
    const gap = (came[index + 1] ?? 0) - (came[index] ?? 0) - 1;
    longest[index] = Math.max(gap, longest[index + 1] ?? 0);
  }
  return longest;
}
