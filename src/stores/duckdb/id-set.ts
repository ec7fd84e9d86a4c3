/**
 * 128-bit ids, of which 96 bits are kept, each with a 32-bit number: an open-addressing table in one typed array, a
 * fifth of the memory that a Map of texts takes.
 */
export class IdSet {
  #slots = new Uint32Array(START_SLOTS * SLOT_WORDS);
  #mask = START_SLOTS - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number under the id at place `index` of `ids`; 0 where the id isn't in the set. */
  get(ids: IdWords, index: number): number {
    const at = index * ID_WORDS;
    return this.#slots[this.#find(ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0) + 3] ?? 0;
  }

  /** `value` is not 0. */
  set(ids: IdWords, index: number, value: number): void {
    const at = index * ID_WORDS;
    this.#put(ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, value);
    if (this.#size * 3 > (this.#mask + 1) * 2) this.#grow();
  }

  #put(a: number, b: number, c: number, value: number): void {
    const slots = this.#slots;
    const at = this.#find(a, b, c);
    if (slots[at + 3] === 0) this.#size += 1;
    slots[at] = a;
    slots[at + 1] = b;
    slots[at + 2] = c;
    slots[at + 3] = value;
  }

  /** Index of the id's slot, or of the free one where it belongs. */
  #find(a: number, b: number, c: number): number {
    const slots = this.#slots;
    for (let slot = a & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * SLOT_WORDS;
      if (slots[at + 3] === 0) return at;
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array((this.#mask + 1) * SLOT_WORDS);
    this.#size = 0;
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const value = old[at + 3] ?? 0;
      if (value !== 0) this.#put(old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0, value);
    }
  }
}

/** Ids, three words each. */
export type IdWords = Uint32Array;

export function idWords(ids: readonly string[]): IdWords {
  const words = new Uint32Array(ids.length * ID_WORDS);
  for (const [index, id] of ids.entries()) {
    for (let part = 0; part < ID_WORDS; part++) words[index * ID_WORDS + part] = word(id, part * 8);
  }
  return words;
}

/** Eight hex digits; other characters count as anything. */
function word(id: string, start: number): number {
  let value = 0;
  for (let index = start; index < start + 8; index++) {
    const code = id.charCodeAt(index);
    value = (value << 4) | ((code & 15) + (code > 0x39 ? 9 : 0));
  }
  return value;
}

const ID_WORDS = 3;
const SLOT_WORDS = 4;
const START_SLOTS = 64;
