import type { JsonValue } from '../core/json.ts';

/** JSON that is nested deeper than this is not walked: each walk takes stack, and so does printing. */
export const MAX_DEPTH = 64;

/**
 * Does the text hold nothing that the value, which was parsed from it, does not show? Where a key stands twice in one
 * object, the first of its values is in the text alone. True proves that there is none (and no spaces, no escapes);
 * false proves nothing. Counts characters instead of printing: half of that work.
 */
export function isPrintOf(text: string, value: JsonValue): boolean {
  const size = new PrintSize();
  size.add(value, MAX_DEPTH);
  return size.length === text.length && size.slack < SHORTEST_MEMBER;
}

/** `"":0,` */
const SHORTEST_MEMBER = 5;

class PrintSize {
  /** Length of the text as JSON.stringify prints it, were there no escapes: they only make it longer. */
  length = 0;
  /** How much shorter another text of the same value can be: `1e6` for 1000000. Infinite where it is not known. */
  slack = 0;

  add(value: JsonValue | undefined, depth: number): void {
    if (typeof value === 'string') this.length += value.length + 2;
    else if (typeof value === 'object' && value !== null) this.#addParts(value, depth);
    else if (typeof value === 'number') this.#addNumber(value);
    else this.length += value === false ? 5 : 4;
  }

  #addParts(parts: object, depth: number): void {
    if (depth === 0) {
      this.slack = Infinity;
      return;
    }
    this.length += 2;
    if (Array.isArray(parts)) this.#addItems(parts, depth - 1);
    else this.#addMembers(parts as Readonly<Record<string, JsonValue>>, depth - 1);
  }

  #addItems(items: readonly JsonValue[], depth: number): void {
    this.length += Math.max(items.length - 1, 0);
    for (const item of items) this.add(item, depth);
  }

  #addMembers(members: Readonly<Record<string, JsonValue>>, depth: number): void {
    const names = Object.keys(members);
    this.length += Math.max(names.length * 4 - 1, 0);
    for (const name of names) {
      this.length += name.length;
      this.add(members[name], depth);
    }
  }

  #addNumber(value: number): void {
    this.length += String(value).length;
    if (!Number.isSafeInteger(value)) this.slack = Infinity;
    else if (value !== 0 && value % 1_000 === 0) this.slack += trailingZeros(value) - 2;
  }
}

function trailingZeros(value: number): number {
  return /0*$/.exec(String(value))?.[0].length ?? 0;
}
