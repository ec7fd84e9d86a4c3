import { ask } from './answers.ts';
import { isTooLarge, type Elastic } from './client.ts';

export type Query = Readonly<Record<string, unknown>>;
export type SortValues = readonly (string | number)[];

export interface Hit<T> {
  readonly _id: string;
  readonly _source: T;
  readonly sort: SortValues;
}

export interface ScanOptions {
  readonly index: string;
  readonly query: Query;
  /** Fields, each ascending or descending: together they tell all documents apart. */
  readonly sort: readonly Query[];
  /** Which parts of the documents; all without it. */
  readonly fields?: readonly string[];
  readonly size?: number;
}

/**
 * All documents that a query finds, in pages of which none is empty, as they were when it began. Pages are smaller where
 * documents are large; a reader may take its time between them.
 */
export async function* scan<T>(elastic: Elastic, options: ScanOptions): AsyncGenerator<readonly Hit<T>[]> {
  let size = options.size ?? PAGE_DOCUMENTS;
  let after: SortValues | undefined;
  let pit = await openPit(elastic, options.index);
  try {
    for (;;) {
      const body = {
        query: options.query,
        sort: options.sort,
        size,
        track_total_hits: false,
        pit: { id: pit, keep_alive: KEEP_ALIVE },
        ...(after === undefined ? {} : { search_after: after }),
        ...(options.fields === undefined ? {} : { _source: options.fields }),
      };
      let page: Page<T>;
      try {
        page = await ask<Page<T>>(elastic, { method: 'POST', path: '/_search', body }, [404]);
      } catch (error) {
        if (!isTooLarge(error) || size === 1) throw error;
        size = Math.ceil(size / 8);
        continue;
      }
      if (page.hits === undefined) {
        // The reader took longer than the server keeps the place.
        pit = await openPit(elastic, options.index);
        continue;
      }
      pit = page.pit_id;
      const { hits } = page.hits;
      if (hits.length > 0) yield hits;
      if (hits.length < size) return;
      after = hits.at(-1)?.sort;
    }
  } finally {
    await elastic.request({ method: 'DELETE', path: '/_pit', body: { id: pit } }).catch(() => undefined);
  }
}

/** Makes what was written visible to searches. */
export async function refresh(elastic: Elastic, index: string): Promise<void> {
  await ask(elastic, { method: 'POST', path: `/${index}/_refresh`, query: ABSENT_IS_EMPTY });
}

async function openPit(elastic: Elastic, index: string): Promise<string> {
  const query = { keep_alive: KEEP_ALIVE, ...ABSENT_IS_EMPTY };
  return (await ask<{ id: string }>(elastic, { method: 'POST', path: `/${index}/_pit`, query })).id;
}

interface Page<T> {
  readonly pit_id: string;
  readonly hits?: { readonly hits: readonly Hit<T>[] };
}

/** A pattern that fits no index yet finds nothing. */
export const ABSENT_IS_EMPTY = { ignore_unavailable: true } as const;
export const PAGE_DOCUMENTS = 2_000;
const KEEP_ALIVE = '2m';
