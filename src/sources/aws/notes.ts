/** What a sieve found, in the order of the file. The arrays are the receiver's, and can be handed to another thread. */
export interface Notes {
  readonly count: number;
  /** Four words of each record's id (a UUID). */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** 32 bits of a hash over each record's bytes. */
  readonly prints: Int32Array<ArrayBuffer>;
  /** Where each record is in its file. */
  readonly offsets: Float64Array<ArrayBuffer>;
  /** The newest event time, microseconds; -Infinity: of nothing. */
  readonly newestUs: number;
  /** Records that a rule may be about: their numbers, and their bytes as lines. */
  readonly kept: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FIRST_CAPACITY = 1_024;

/** Gathers notes; grows as needed and starts over with each `drain`. */
export class NoteList {
  #ids = new Uint32Array(4 * FIRST_CAPACITY);
  #prints = new Int32Array(FIRST_CAPACITY);
  #offsets = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  #newestUs = Number.NEGATIVE_INFINITY;
  #kept: number[] = [];
  #bytes: Buffer[] = [];

  /** Reads the next note's id, a UUID in lower case; false: it is none, and there is no note. */
  noteId(bytes: Uint8Array, at: number, length: number): boolean {
    if (length !== UUID_LENGTH) return false;
    if (this.#count === this.#prints.length) this.#grow();
    let word = 0;
    let wrong = 0;
    let digits = 0;
    const first = this.#count * 4;
    for (let index = at; index < at + UUID_LENGTH; index++) {
      const byte = bytes[index] ?? 0;
      if (isDash(index - at)) {
        wrong |= byte ^ DASH;
        continue;
      }
      const digit = DIGITS[byte] ?? NO_DIGIT;
      wrong |= digit & NO_DIGIT;
      word = (word << 4) | digit;
      digits += 1;
      if ((digits & 7) === 0) this.#ids[first + (digits >> 3) - 1] = word;
    }
    return wrong === 0;
  }

  /** Completes the note whose id was read. */
  note(print: number, offset: number, timeUs: number): void {
    this.#prints[this.#count] = print;
    this.#offsets[this.#count] = offset;
    this.#count += 1;
    if (timeUs > this.#newestUs) this.#newestUs = timeUs;
  }

  /** Keeps the bytes of the record that was noted last. */
  keep(data: Buffer, start: number, end: number): void {
    this.#kept.push(this.#count - 1);
    this.#bytes.push(Buffer.from(data.subarray(start, end)), NEWLINE);
  }

  drain(): Notes {
    const bytes = Buffer.concat(this.#bytes);
    const notes = {
      count: this.#count,
      ids: this.#ids.slice(0, 4 * this.#count),
      prints: this.#prints.slice(0, this.#count),
      offsets: this.#offsets.slice(0, this.#count),
      newestUs: this.#newestUs,
      kept: this.#kept,
      bytes: new Uint8Array(bytes),
    };
    this.#count = 0;
    this.#newestUs = Number.NEGATIVE_INFINITY;
    this.#kept = [];
    this.#bytes = [];
    return notes;
  }

  #grow(): void {
    const capacity = this.#prints.length * 2;
    const [ids, prints, offsets] = [this.#ids, this.#prints, this.#offsets];
    this.#ids = new Uint32Array(4 * capacity);
    this.#prints = new Int32Array(capacity);
    this.#offsets = new Float64Array(capacity);
    this.#ids.set(ids);
    this.#prints.set(prints);
    this.#offsets.set(offsets);
  }
}

/** The words of a UUID in lower case; undefined: it is none. */
export function uuidWords(text: string): readonly number[] | undefined {
  if (!UUID.test(text)) return undefined;
  const digits = text.replaceAll('-', '');
  return [0, 8, 16, 24].map((at) => Number.parseInt(digits.slice(at, at + 8), 16));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_LENGTH = 36;
const DASH = 0x2d;
const NEWLINE = Buffer.from('\n');
const NO_DIGIT = 0x80;
const DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte));
  return digit === -1 ? NO_DIGIT : digit;
});

function isDash(index: number): boolean {
  return index === 8 || index === 13 || index === 18 || index === 23;
}
