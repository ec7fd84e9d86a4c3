/** Takes note of what comes into a window and what leaves it. */
export interface Tally<V> {
  add(value: V): void;
  remove(value: V): void;
  clear(): void;
}

/**
 * Keeps a tally of a range of hits that mostly moves on by one: what leaves and what comes in is told, not what stays.
 */
export class RunningWindow<S, V> {
  readonly #tally: Tally<V>;
  readonly #valueAt: (source: S, index: number) => V;
  #start = 0;
  #end = 0;

  constructor(tally: Tally<V>, valueAt: (source: S, index: number) => V) {
    this.#tally = tally;
    this.#valueAt = valueAt;
  }

  /** The tally is then that of the values from `start` up to, but not including, `end`; there is one at least. */
  move(source: S, start: number, end: number): void {
    if (start >= this.#end || end <= this.#start) this.#restart(start);
    while (this.#start > start) this.#tally.add(this.#valueAt(source, --this.#start));
    while (this.#end < end) this.#tally.add(this.#valueAt(source, this.#end++));
    while (this.#start < start) this.#tally.remove(this.#valueAt(source, this.#start++));
    while (this.#end > end) this.#tally.remove(this.#valueAt(source, --this.#end));
  }

  /** A value came in at `index`, before those that were there and behind. */
  inserted(source: S, index: number): void {
    if (index >= this.#end) return;
    this.#end += 1;
    if (index < this.#start) this.#start += 1;
    else this.#tally.add(this.#valueAt(source, index));
  }

  /** The first `count` values are about to go. */
  dropping(source: S, count: number): void {
    while (this.#start < Math.min(count, this.#end)) this.#tally.remove(this.#valueAt(source, this.#start++));
    this.#start = Math.max(0, this.#start - count);
    this.#end = Math.max(0, this.#end - count);
  }

  reset(): void {
    this.#restart(0);
  }

  #restart(at: number): void {
    this.#tally.clear();
    this.#start = at;
    this.#end = at;
  }
}

/** How many different values there are. */
export class Distinct<V> implements Tally<V> {
  readonly #counts = new Map<V, number>();

  get size(): number {
    return this.#counts.size;
  }

  add(value: V): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  remove(value: V): void {
    const count = this.#counts.get(value) ?? 0;
    if (count > 1) this.#counts.set(value, count - 1);
    else this.#counts.delete(value);
  }

  clear(): void {
    this.#counts.clear();
  }
}
