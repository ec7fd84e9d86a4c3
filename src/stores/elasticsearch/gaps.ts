import type { Gap } from '../../core/gap.ts';
import type { GapQuestion } from '../../core/access-reader.ts';
import { parseTimeUs } from '../../lib/time.ts';
import type { Operation } from './bulk-size.ts';
import { scan } from './scan.ts';
import type { StoreContext } from './store-context.ts';

interface GapDocument {
  /** Gap as JSON. */
  readonly document: string;
}

/** Written under its own version: of several the highest stays, whichever comes last. */
export function gapOperation(index: string, gap: Gap): Operation {
  const { id, version, kind, source, from, to } = gap;
  const document = {
    id,
    kind,
    source,
    from_us: parseTimeUs(from) ?? 0,
    ...(to === undefined ? {} : { to_us: parseTimeUs(to) ?? 0 }),
    '@timestamp': from,
    document: JSON.stringify(gap),
  };
  const action = { index: { _index: index, _id: id, version, version_type: 'external' } };
  return { action: JSON.stringify(action), document: JSON.stringify(document) };
}

export async function readGaps(
  { elastic, indices, settle }: StoreContext,
  { fromUs, toUs, limit }: GapQuestion,
): Promise<readonly Gap[]> {
  await settle(indices.gaps);
  const goesOn = { bool: { must_not: { exists: { field: 'to_us' } } } };
  const ends = { bool: { should: [goesOn, { range: { to_us: { gte: fromUs } } }], minimum_should_match: 1 } };
  const query = { bool: { filter: [{ range: { from_us: { lte: toUs } } }, ends] } };
  const gaps: Gap[] = [];
  const options = {
    index: indices.gaps,
    query,
    sort: [{ from_us: 'asc' }, { id: 'asc' }],
    fields: ['document'],
    size: Math.min(limit, 1_000),
  };
  for await (const page of scan<GapDocument>(elastic, options)) {
    for (const { _source } of page) gaps.push(JSON.parse(_source.document) as Gap);
    if (gaps.length >= limit) break;
  }
  return gaps.slice(0, limit);
}
