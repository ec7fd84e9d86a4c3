/** A bounded queue between asynchronous producers and one consumer: a full one makes its producers wait. */
export class Channel<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #waitingForItem: (() => void) | undefined;
  readonly #waitingForSpace: (() => void)[] = [];
  #closed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when the item is in the queue; items after close are dropped. */
  async push(item: T): Promise<void> {
    while (this.#items.length >= this.#limit && !this.#closed) {
      await new Promise<void>((resolve) => this.#waitingForSpace.push(resolve));
    }
    if (this.#closed) return;
    this.#items.push(item);
    this.#wakeConsumer();
  }

  /** No more items; those in the queue are still consumed. With an error, the consumer throws it at once. */
  close(failure?: { readonly error: unknown }): void {
    this.#closed = true;
    this.#failure ??= failure;
    this.#wakeConsumer();
    for (const resolve of this.#waitingForSpace.splice(0)) resolve();
  }

  /** Throws what the channel was closed with. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      this.check();
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#waitingForSpace.shift()?.();
        yield item;
      } else if (this.#closed) return;
      else await new Promise<void>((resolve) => (this.#waitingForItem = resolve));
    }
  }

  #wakeConsumer(): void {
    this.#waitingForItem?.();
    this.#waitingForItem = undefined;
  }
}
