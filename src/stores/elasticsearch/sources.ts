import type { SourceFacts } from '../../core/access-reader.ts';
import { formatTimeUs } from '../../lib/time.ts';
import { readBuckets } from './buckets.ts';
import { ANY, TIME } from './query-dsl.ts';
import { loadState } from './state.ts';
import type { StoreContext } from './store-context.ts';

/** Counted from what is stored; how far a source was seen is what its checkpoint says. */
export async function readSources(context: StoreContext): Promise<readonly SourceFacts[]> {
  const { indices, settle } = context;
  await settle(`${indices.events},${indices.rejections}`);
  const events = await readBuckets<{ newest: { value: number } }>(context, {
    index: indices.events,
    query: ANY,
    by: { source: 'whosaw.origin.source' },
    aggregations: { newest: { max: { field: TIME } } },
  });
  const rejections = await readBuckets(context, { index: indices.rejections, query: ANY, by: { source: 'source' } });
  const { checkpoints } = await loadState(context);
  const counted = new Map(events.map((bucket) => [String(bucket.key['source']), bucket]));
  const rejected = new Map(rejections.map(({ key, count }) => [String(key['source']), count]));
  const seen = new Map(checkpoints.map((checkpoint) => [checkpoint.source, checkpoint]));
  return [...new Set([...counted.keys(), ...rejected.keys(), ...seen.keys()])].toSorted().map((source) => {
    const bucket = counted.get(source);
    const { seenTo, newestUs = -Infinity } = seen.get(source) ?? {};
    const newest = Math.max(newestUs, bucket?.aggregations.newest.value ?? -Infinity);
    return {
      source,
      ...(seenTo === undefined ? {} : { seenTo }),
      ...(newest === -Infinity ? {} : { newest: formatTimeUs(newest) }),
      events: bucket?.count ?? 0,
      rejected: rejected.get(source) ?? 0,
    };
  });
}
