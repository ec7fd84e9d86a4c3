import type { Deletion, StoredDay } from '../../core/days.ts';
import { ask } from './answers.ts';
import { TIME } from './query-dsl.ts';
import { ABSENT_IS_EMPTY, scan } from './scan.ts';
import type { StoreContext } from './store-context.ts';

/** The days of which there are events, oldest first; nothing is sealed here. */
export async function readDays(context: StoreContext): Promise<readonly StoredDay[]> {
  await context.settle(context.indices.events);
  const counted = await countDays(context, context.indices.events);
  return counted.map(([day, open]) => ({ day, open, sealed: 0, files: 0, bytes: 0 }));
}

/** Events by day (days since 1970), oldest first. */
export async function countDays(
  { elastic }: Pick<StoreContext, 'elastic'>,
  index: string,
): Promise<readonly (readonly [day: number, events: number])[]> {
  const days = { histogram: { field: TIME, interval: DAY_US, min_doc_count: 1 } };
  const call = { method: 'POST', path: `/${index}/_search`, query: ABSENT_IS_EMPTY } as const;
  const { aggregations } = await ask<Counted>(elastic, { ...call, body: { size: 0, aggs: { days } } });
  return (aggregations?.days.buckets ?? []).map(({ key, doc_count: events }) => [Math.round(key / DAY_US), events]);
}

/** What retention deleted of the days that the range touches. */
export async function readDeletions(
  { elastic, indices, settle }: StoreContext,
  [fromUs, toUs]: readonly [number, number],
): Promise<readonly Deletion[]> {
  await settle(indices.state);
  const deletions: Deletion[] = [];
  const options = { index: indices.state, query: { term: { kind: DELETION_KIND } }, sort: [{ _doc: 'asc' }] };
  for await (const page of scan<{ readonly document: string }>(elastic, options)) {
    for (const { _source } of page) deletions.push(JSON.parse(_source.document) as Deletion);
  }
  return deletions
    .filter(({ day }) => day * DAY_US <= toUs && (day + 1) * DAY_US > fromUs)
    .toSorted((a, b) => a.day - b.day || a.atMs - b.atMs);
}

interface Counted {
  /** Absent where no index is there. */
  readonly aggregations?: {
    readonly days: { readonly buckets: readonly { readonly key: number; readonly doc_count: number }[] };
  };
}

/** Of records in the state index. */
export const DELETION_KIND = 'retention';
const DAY_US = 86_400_000_000;
