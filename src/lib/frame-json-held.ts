/** Keeps the bytes of an unfinished record between two chunks. A chunk that finds nothing kept is never copied. */
export class HeldBytes {
  #store = EMPTY;
  #length = 0;

  /** What was kept, and the chunk behind it. Valid until the next call of `keep`. */
  with(chunk: Buffer): Buffer {
    if (this.#length === 0) return chunk;
    const length = this.#length + chunk.length;
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
