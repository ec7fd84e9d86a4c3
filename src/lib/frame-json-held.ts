/**
 * Keeps the bytes of an unfinished record between two chunks. A chunk is not copied where nothing was kept, or where
 * that finds room before it: so many bytes before each chunk, in its memory, are this one's to write to.
 */
export class HeldBytes {
  readonly #roomBefore: number;
  #store = EMPTY;
  #length = 0;

  constructor(roomBefore = 0) {
    this.#roomBefore = roomBefore;
  }

  /** What was kept, and the chunk behind it. Valid until the next call of `keep`. */
  with(chunk: Buffer): Buffer {
    if (this.#length === 0) return chunk;
    const length = this.#length + chunk.length;
    if (chunk.length > 0 && this.#length <= this.#roomBefore) {
      const whole = Buffer.from(chunk.buffer, chunk.byteOffset - this.#length, length);
      this.#store.copy(whole, 0, 0, this.#length);
      return whole;
    }
    if (length > this.#store.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#store.length));
      this.#store.copy(grown, 0, 0, this.#length);
      this.#store = grown;
    }
    chunk.copy(this.#store, this.#length);
    this.#length = length;
    return this.#store.subarray(0, length);
  }

  /** Keeps `data` (what `with` gave) from this index on. */
  keep(data: Buffer, from: number): void {
    const length = data.length - from;
    if (length === 0 || length > this.#store.length) this.#release(length);
    if (length > 0 && !(from === 0 && data.buffer === this.#store.buffer)) data.copy(this.#store, 0, from);
    this.#length = length;
  }

  /** Room for `length` bytes; a large room that is empty is given back. */
  #release(length: number): void {
    if (length > 0) this.#store = Buffer.allocUnsafeSlow(length);
    else if (this.#store.length > LARGE_BYTES) this.#store = EMPTY;
  }
}

const EMPTY = Buffer.alloc(0);
const LARGE_BYTES = 1 << 20;
