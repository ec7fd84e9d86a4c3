import type { JsonValue } from '../../core/json.ts';
import type { Mark, SourceCheckpoint, StoredState } from '../../core/ports.ts';
import { id128 } from '../../lib/hash.ts';
import type { Operation } from './bulk-size.ts';
import { ask } from './answers.ts';
import { scan } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** The index holds records of deleted indices as well; see lifecycle.ts. */
const KINDS = ['checkpoint', 'mark', 'warmed'] as const;
type Kind = (typeof KINDS)[number];

interface StateDocument {
  readonly kind: Kind;
  /** JSON. */
  readonly document: string;
}

/** What a worker on its own remembers; a cluster keeps it in compacted topics. Replaces what has the same key. */
export class StateWriter {
  readonly #index: string;
  readonly #checkpoints = new Map<string, SourceCheckpoint>();

  constructor(index: string, known: readonly SourceCheckpoint[]) {
    this.#index = index;
    for (const checkpoint of known) this.#checkpoints.set(checkpoint.source, checkpoint);
  }

  marks(marks: readonly Mark[]): readonly Operation[] {
    // Of one key the last: items of a request may be done again, and so out of order.
    const last = new Map(marks.map((mark) => [JSON.stringify([mark.rule, mark.group, mark.day]), mark]));
    return Array.from(last, ([key, mark]) => this.#operation('mark', [key], mark));
  }

  warmed(rules: readonly string[]): readonly Operation[] {
    return rules.map((rule) => this.#operation('warmed', [rule], rule));
  }

  checkpoints(checkpoints: readonly SourceCheckpoint[]): readonly Operation[] {
    for (const checkpoint of checkpoints) this.#take(checkpoint);
    const touched = new Set(checkpoints.map(({ source }) => source));
    return [...touched].flatMap((source) => {
      const checkpoint = this.#checkpoints.get(source);
      return checkpoint === undefined ? [] : [this.#operation('checkpoint', [source], checkpoint)];
    });
  }

  /** While there is more to read, all up to the last time still was. */
  #take({ source, checkpoint, seenTo, newestUs }: SourceCheckpoint): void {
    const known = this.#checkpoints.get(source);
    const seen = seenTo ?? known?.seenTo;
    const newest = Math.max(newestUs ?? -Infinity, known?.newestUs ?? -Infinity);
    this.#checkpoints.set(source, {
      source,
      checkpoint,
      ...(seen === undefined ? {} : { seenTo: seen }),
      ...(newest === -Infinity ? {} : { newestUs: newest }),
    });
  }

  #operation(kind: Kind, key: readonly string[], value: JsonValue | SourceCheckpoint | Mark): Operation {
    const document: StateDocument = { kind, document: JSON.stringify(value) };
    return {
      action: JSON.stringify({ index: { _index: this.#index, _id: idOf(kind, key) } }),
      document: JSON.stringify(document),
    };
  }
}

/** What is kept under a source's name, as it is at this moment. */
export async function readCheckpoint(
  { elastic, indices }: StoreContext,
  source: string,
): Promise<JsonValue | undefined> {
  const call = { method: 'GET', path: `/${indices.state}/_doc/${idOf('checkpoint', [source])}` } as const;
  const { _source: found } = await ask<{ readonly _source?: StateDocument }>(elastic, call, [404]);
  return found === undefined ? undefined : (JSON.parse(found.document) as SourceCheckpoint).checkpoint;
}

function idOf(kind: Kind, key: readonly string[]): string {
  return id128(kind, ...key);
}

export async function loadState({ elastic, indices, settle }: StoreContext): Promise<StoredState> {
  await settle(indices.state);
  const found: Record<Kind, unknown[]> = { checkpoint: [], mark: [], warmed: [] };
  const query = { terms: { kind: KINDS } };
  const options = { index: indices.state, query, sort: [{ _doc: 'asc' }] };
  for await (const page of scan<StateDocument>(elastic, options)) {
    for (const { _source } of page) found[_source.kind].push(JSON.parse(_source.document));
  }
  return {
    checkpoints: (found.checkpoint as SourceCheckpoint[]).toSorted((a, b) => (a.source < b.source ? -1 : 1)),
    marks: found.mark as Mark[],
    warmed: found.warmed as string[],
  };
}
