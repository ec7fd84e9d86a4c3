const FIRST_CAPACITY = 1_024;

/**
 * Event ids of the last `keepMs` to twice that, 64 bits of each (16 to 32 bytes an id). At 20 million ids the chance of
 * ever taking a new one for a known one is about 1 in 100,000.
 */
export class RecentIds {
  #keepMs: number;
  readonly #limit: number;
  #current = new IdTable();
  #previous = new IdTable();
  #startedMs = Number.NEGATIVE_INFINITY;
  #held: readonly IdTable[] = [];

  /** Of more than `limit` at a time the older ones are forgotten sooner. */
  constructor(keepMs: number, limit = Number.POSITIVE_INFINITY) {
    this.#keepMs = keepMs;
    this.#limit = limit;
  }

  keepFor(keepMs: number): void {
    this.#keepMs = keepMs;
  }

  /** For as long as this is so, `knew` also knows those that are known now. */
  hold(isHeld: boolean): void {
    this.#held = isHeld ? [this.#current, this.#previous] : [];
  }

  /** It is known, or was when they were held. */
  knew(id: string): boolean {
    const [high, low] = wordsOf(id);
    return this.has(id) || this.#held.some((table) => table.has(high, low));
  }

  /** `id`: 32 hex digits. True when it is new. */
  add(id: string, nowMs: number): boolean {
    if (nowMs - this.#startedMs > this.#keepMs || this.#current.size >= this.#limit) this.#rotate(nowMs);
    const [high, low] = wordsOf(id);
    if (this.#previous.has(high, low)) return false;
    return this.#current.add(high, low);
  }

  has(id: string): boolean {
    const [high, low] = wordsOf(id);
    return this.#current.has(high, low) || this.#previous.has(high, low);
  }

  #rotate(nowMs: number): void {
    this.#previous = nowMs - this.#startedMs > 2 * this.#keepMs ? new IdTable() : this.#current;
    this.#current = new IdTable();
    this.#startedMs = nowMs;
  }
}

function wordsOf(id: string): readonly [number, number] {
  return [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8, 16), 16)];
}

/** Open addressing over pairs of 32-bit words; the pair (0, 0) stands for an empty place. */
class IdTable {
  #words = new Uint32Array(FIRST_CAPACITY * 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(high: number, low: number): boolean {
    const at = this.#find(high, low || 1);
    return this.#words[at] !== 0 || this.#words[at + 1] !== 0;
  }

  add(high: number, low: number): boolean {
    const at = this.#find(high, low || 1);
    if (this.#words[at] !== 0 || this.#words[at + 1] !== 0) return false;
    this.#words[at] = high;
    this.#words[at + 1] = low || 1;
    this.#size += 1;
    if (this.#size * 4 > this.#words.length) this.#grow();
    return true;
  }

  /** Index of the pair, or of the empty place where it belongs. */
  #find(high: number, low: number): number {
    const mask = this.#words.length - 2;
    let at = ((low ^ Math.imul(high, 0x9e3779b1)) << 1) & mask;
    while (this.#words[at] !== 0 || this.#words[at + 1] !== 0) {
      if (this.#words[at] === high && this.#words[at + 1] === low) return at;
      at = (at + 2) & mask;
    }
    return at;
  }

  #grow(): void {
    const words = this.#words;
    this.#words = new Uint32Array(words.length * 2);
    for (let from = 0; from < words.length; from += 2) {
      const high = words[from] ?? 0;
      const low = words[from + 1] ?? 0;
      if (high === 0 && low === 0) continue;
      const at = this.#find(high, low);
      this.#words[at] = high;
      this.#words[at + 1] = low;
    }
  }
}
