/** One document to write: the action's line and the document's. */
export interface Operation {
  readonly action: string;
  readonly document: string;
}

/** How much goes into one request: more while the server takes it, half when it is too busy. */
export class BulkSize {
  #characters = FIRST;

  /** Index behind the last operation of a request that begins at `from`: at least one. */
  end(operations: readonly Operation[], from: number): number {
    let characters = 0;
    let at = from;
    for (; at < operations.length && at - from < MOST_OPERATIONS; at += 1) {
      characters += (operations[at]?.document.length ?? 0) + ACTION_LENGTH;
      if (characters > this.#characters && at > from) break;
    }
    return at;
  }

  grow(): void {
    this.#characters = Math.min(LARGEST, this.#characters * 1.1);
  }

  shrink(): void {
    this.#characters = Math.max(SMALLEST, this.#characters / 2);
  }
}

const FIRST = 2 << 20;
const SMALLEST = 64 << 10;
const LARGEST = 8 << 20;
const MOST_OPERATIONS = 5_000;
const ACTION_LENGTH = 90;
