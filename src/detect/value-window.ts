/** Where the values are: hits in their order. */
interface Values {
  value(index: number): string;
}

/**
 * Counts the distinct values of a range of hits that mostly moves on by one: what leaves and what comes in is counted,
 * not what stays.
 */
export class ValueWindow {
  readonly #counts = new Map<string, number>();
  #start = 0;
  #end = 0;

  /** Distinct values from `start` up to, but not including, `end`; there is one at least. */
  distinct(values: Values, start: number, end: number): number {
    if (start >= this.#end || end <= this.#start) this.#reset(start);
    while (this.#start > start) this.#add(values.value(--this.#start));
    while (this.#end < end) this.#add(values.value(this.#end++));
    while (this.#start < start) this.#remove(values.value(this.#start++));
    while (this.#end > end) this.#remove(values.value(--this.#end));
    return this.#counts.size;
  }

  /** A hit came in before those that were at `index` and behind. */
  inserted(index: number, value: string): void {
    if (index >= this.#end) return;
    this.#end += 1;
    if (index < this.#start) this.#start += 1;
    else this.#add(value);
  }

  /** The first `count` hits are about to go. */
  dropping(values: Values, count: number): void {
    while (this.#start < Math.min(count, this.#end)) this.#remove(values.value(this.#start++));
    this.#start = Math.max(0, this.#start - count);
    this.#end = Math.max(0, this.#end - count);
  }

  #reset(at: number): void {
    this.#counts.clear();
    this.#start = at;
    this.#end = at;
  }

  #add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  #remove(value: string): void {
    const count = this.#counts.get(value) ?? 0;
    if (count > 1) this.#counts.set(value, count - 1);
    else this.#counts.delete(value);
  }
}
