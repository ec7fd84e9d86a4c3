/** Bounds what lines and bodies that are not complete yet may take up, over all connections. */
export class Unfinished {
  readonly #limitBytes: number;
  readonly #bytes = new Map<object, number>();
  #sum = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** false: this one is too much. */
  set(owner: object, bytes: number): boolean {
    this.#sum += bytes - (this.#bytes.get(owner) ?? 0);
    if (bytes === 0) this.#bytes.delete(owner);
    else this.#bytes.set(owner, bytes);
    return this.#sum <= this.#limitBytes;
  }

  delete(owner: object): void {
    this.set(owner, 0);
  }
}
