/**
 * Finds which of many texts occur in another one, in time linear in that one however many they are (Aho and Corasick,
 * 1975). Texts are compared by UTF-16 units, and none may be empty.
 */
export class TextFinder {
  /** By node and unit: the node that it leads to. */
  readonly #steps = new Map<number, number>();
  /** By node: the one of the longest proper end of its text that is a beginning of some text. */
  readonly #fallbacks: number[] = [ROOT];
  /** By node: indices of the texts that end there, its fallbacks' among them. */
  readonly #ends: (readonly number[])[] = [[]];

  constructor(texts: readonly string[]) {
    const children = [new Map<number, number>()];
    for (const [index, text] of texts.entries()) this.#add(text, index, children);
    this.#link(children);
  }

  /** Indices of the texts that occur; each once, in no order. */
  find(text: string): readonly number[] {
    let found: Set<number> | undefined;
    let node = ROOT;
    for (let at = 0; at < text.length; at++) {
      node = this.#next(node, text.charCodeAt(at));
      for (const index of this.#ends[node] ?? []) found = (found ?? new Set()).add(index);
    }
    return found === undefined ? NOTHING : [...found];
  }

  #add(text: string, index: number, children: Map<number, number>[]): void {
    let node = ROOT;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      let next = this.#steps.get(stepKey(node, unit));
      if (next === undefined) {
        next = children.push(new Map()) - 1;
        children[node]?.set(unit, next);
        this.#steps.set(stepKey(node, unit), next);
        this.#ends.push([]);
        this.#fallbacks.push(ROOT);
      }
      node = next;
    }
    this.#ends[node] = [...(this.#ends[node] ?? []), index];
  }

  /** Shorter beginnings first: each node's fallback is linked before the node. */
  #link(children: readonly ReadonlyMap<number, number>[]): void {
    const nodes: number[] = [ROOT];
    for (const node of nodes) {
      for (const [unit, child] of children[node] ?? []) {
        nodes.push(child);
        if (node === ROOT) continue;
        const fallback = this.#next(this.#fallbacks[node] ?? ROOT, unit);
        this.#fallbacks[child] = fallback;
        this.#ends[child] = [...(this.#ends[child] ?? []), ...(this.#ends[fallback] ?? [])];
      }
    }
  }

  #next(from: number, unit: number): number {
    for (let node = from; ; node = this.#fallbacks[node] ?? ROOT) {
      const next = this.#steps.get(stepKey(node, unit));
      if (next !== undefined) return next;
      if (node === ROOT) return ROOT;
    }
  }
}

const ROOT = 0;
const NOTHING: readonly number[] = Object.freeze([]);

function stepKey(node: number, unit: number): number {
  return node * 0x1_0000 + unit;
}
