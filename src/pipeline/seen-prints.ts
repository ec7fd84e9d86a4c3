import { getRandomValues } from 'node:crypto';

const FIRST_CAPACITY = 1 << 12;
/** Four words of the id, and one of what a second sight of it must agree on. */
const WORDS = 5;

/** `unsure`: the same id with something else behind it, which may or may not matter. */
export type Sight = 'new' | 'known' | 'unsure';

/**
 * Ids of 128 bits, each with what it was seen with: 20 bytes of it, 27 to 53 in memory. Which of them are alike is no
 * secret, but how they are spread is random: nobody can write ids that make it slow.
 */
export class SeenPrints {
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);
  /** 1 where a place is taken. */
  #taken = new Uint8Array(FIRST_CAPACITY);
  #capacity = FIRST_CAPACITY;
  #shift = 32 - Math.log2(FIRST_CAPACITY);
  #size = 0;
  readonly #factors = getRandomValues(new Int32Array(4)).map((factor) => factor | 1);

  /** The id is in the four words of `ids` from `at` on. */
  add(ids: ArrayLike<number>, at: number, content: number): Sight {
    const [a, b, c, d] = [
      (ids[at] ?? 0) >>> 0,
      (ids[at + 1] ?? 0) >>> 0,
      (ids[at + 2] ?? 0) >>> 0,
      (ids[at + 3] ?? 0) >>> 0,
    ];
    const words = this.#words;
    let place = this.#placeOf(a, b, c, d);
    for (; this.#taken[place] === 1; place = (place + 1) & (this.#capacity - 1)) {
      const first = place * WORDS;
      if (words[first] === a && words[first + 1] === b && words[first + 2] === c && words[first + 3] === d) {
        return words[first + 4] === content >>> 0 ? 'known' : 'unsure';
      }
    }
    this.#taken[place] = 1;
    words[place * WORDS] = a;
    words[place * WORDS + 1] = b;
    words[place * WORDS + 2] = c;
    words[place * WORDS + 3] = d;
    words[place * WORDS + 4] = content;
    this.#size += 1;
    if (this.#size * 4 > this.#capacity * 3) this.#grow();
    return 'new';
  }

  #placeOf(a: number, b: number, c: number, d: number): number {
    const [p = 1, q = 1, r = 1, s = 1] = this.#factors;
    return (Math.imul(a, p) + Math.imul(b, q) + Math.imul(c, r) + Math.imul(d, s)) >>> this.#shift;
  }

  #grow(): void {
    const [words, taken, capacity] = [this.#words, this.#taken, this.#capacity];
    this.#capacity = capacity * 2;
    this.#shift -= 1;
    this.#words = new Uint32Array(this.#capacity * WORDS);
    this.#taken = new Uint8Array(this.#capacity);
    for (let from = 0; from < capacity; from++) {
      if (taken[from] !== 1) continue;
      const first = from * WORDS;
      let place = this.#placeOf(words[first] ?? 0, words[first + 1] ?? 0, words[first + 2] ?? 0, words[first + 3] ?? 0);
      while (this.#taken[place] === 1) place = (place + 1) & (this.#capacity - 1);
      this.#taken[place] = 1;
      this.#words.set(words.subarray(first, first + WORDS), place * WORDS);
    }
  }
}
