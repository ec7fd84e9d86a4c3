import { ask } from './answers.ts';
import { ABSENT_IS_EMPTY, type Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

export interface Bucket<A> {
  readonly key: Readonly<Record<string, string | number | null>>;
  readonly count: number;
  readonly aggregations: A;
}

export interface BucketsQuestion {
  readonly index: string;
  readonly query: Query;
  /** Name -> keyword field, in the order of sorting. */
  readonly by: Readonly<Record<string, string>>;
  /** Documents without the field are in a bucket as well, under null. */
  readonly keepsMissing?: boolean;
  readonly aggregations?: Query;
}

/** Documents counted by the values of some fields: exact, all buckets, page by page. */
export async function readBuckets<A>(context: StoreContext, question: BucketsQuestion): Promise<readonly Bucket<A>[]> {
  const { index, query, by, keepsMissing = false, aggregations } = question;
  const sources = Object.entries(by).map(([name, field]) => ({
    [name]: { terms: { field, missing_bucket: keepsMissing } },
  }));
  const buckets: Bucket<A>[] = [];
  let after: Query | undefined;
  do {
    const composite = { size: PAGE_BUCKETS, sources, ...(after === undefined ? {} : { after }) };
    const body = {
      size: 0,
      track_total_hits: false,
      query,
      aggs: { by: { composite, ...(aggregations === undefined ? {} : { aggs: aggregations }) } },
    };
    const call = { method: 'POST', path: `/${index}/_search`, query: ABSENT_IS_EMPTY, body } as const;
    const { aggregations: found } = await ask<Found>(context.elastic, call);
    for (const { key, doc_count: count, ...rest } of found?.by.buckets ?? []) {
      buckets.push({ key, count, aggregations: rest as A });
    }
    after = found?.by.after_key;
  } while (after !== undefined);
  return buckets;
}

interface Found {
  /** Absent where no index is there. */
  readonly aggregations?: {
    readonly by: {
      readonly after_key?: Query;
      readonly buckets: readonly { readonly key: Bucket<unknown>['key']; readonly doc_count: number }[];
    };
  };
}

const PAGE_BUCKETS = 2_000;
