import { getRandomValues } from 'node:crypto';

const FIRST_CAPACITY = 1 << 12;
/** Places that are made ready at once; more come when there are more ids. */
const CAPACITY_LIMIT = 1 << 22;
/** Four words of the id, and one of what a second sight of it must agree on. */
const WORDS = 5;
/** In the fifth word: the place is taken. */
const TAKEN = 0x8000_0000;

/** `unsure`: the same id with something else behind it, which may or may not matter. */
export type Sight = 'new' | 'known' | 'unsure';

/**
 * Ids of 128 bits, each with 31 bits of what it was seen with: 27 to 53 bytes of memory each. Which of them are alike is
 * no secret, but how they are spread is random: nobody can write ids that make it slow.
 */
export class SeenPrints {
  #words: Uint32Array;
  #capacity: number;
  #shift: number;
  #size = 0;
  readonly #factors = getRandomValues(new Int32Array(4)).map((factor) => factor | 1);
  /** Of what was touched, so that touching is not for nothing. */
  readonly #touched = new Uint32Array(1);

  /** `expected`: about how many ids will come; memory that they do not need is not taken. */
  constructor(expected = 0) {
    const capacity = 2 ** Math.ceil(Math.log2((expected * 4) / 3));
    this.#capacity = Math.min(Math.max(capacity, FIRST_CAPACITY), CAPACITY_LIMIT);
    this.#shift = 32 - Math.log2(this.#capacity);
    this.#words = new Uint32Array(this.#capacity * WORDS);
  }

  /** The id is in the four words of `ids` from `at` on. */
  add(ids: Uint32Array, at: number, print: number): Sight {
    const [a = 0, b = 0, c = 0, d = 0] = [ids[at], ids[at + 1], ids[at + 2], ids[at + 3]];
    const content = (print | TAKEN) >>> 0;
    const words = this.#words;
    let place = this.#placeOf(a, b, c, d);
    for (; words[place * WORDS + 4] !== 0; place = (place + 1) & (this.#capacity - 1)) {
      const first = place * WORDS;
      if (words[first] === a && words[first + 1] === b && words[first + 2] === c && words[first + 3] === d) {
        return words[first + 4] === content ? 'known' : 'unsure';
      }
    }
    const first = place * WORDS;
    words[first] = a;
    words[first + 1] = b;
    words[first + 2] = c;
    words[first + 3] = d;
    words[first + 4] = content;
    this.#size += 1;
    if (this.#size * 4 > this.#capacity * 3) this.#grow();
    return 'new';
  }

  /**
   * Has the places of a few ids, counted by fours, fetched from memory together: one after the other is most of what
   * adding them costs.
   */
  touch(ids: Uint32Array, from: number, to: number): void {
    const words = this.#words;
    let sum = 0;
    for (let at = from * 4; at < to * 4; at += 4) {
      sum ^= words[this.#placeOf(ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, ids[at + 3] ?? 0) * WORDS + 4] ?? 0;
    }
    this.#touched[0] = sum;
  }

  #placeOf(a: number, b: number, c: number, d: number): number {
    const [p = 1, q = 1, r = 1, s = 1] = this.#factors;
    return (Math.imul(a, p) + Math.imul(b, q) + Math.imul(c, r) + Math.imul(d, s)) >>> this.#shift;
  }

  #grow(): void {
    const [old, capacity] = [this.#words, this.#capacity];
    this.#capacity = capacity * 2;
    this.#shift -= 1;
    const words = new Uint32Array(this.#capacity * WORDS);
    for (let from = 0; from < capacity * WORDS; from += WORDS) {
      if (old[from + 4] === 0) continue;
      let place = this.#placeOf(old[from] ?? 0, old[from + 1] ?? 0, old[from + 2] ?? 0, old[from + 3] ?? 0);
      while (words[place * WORDS + 4] !== 0) place = (place + 1) & (this.#capacity - 1);
      for (let word = 0; word < WORDS; word++) words[place * WORDS + word] = old[from + word] ?? 0;
    }
    this.#words = words;
  }
}
