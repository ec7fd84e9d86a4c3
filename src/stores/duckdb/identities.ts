import type { ActorKind } from '../../core/event.ts';
import type { FirstTimes, IdentityFacts } from '../../core/access-reader.ts';
import { formatTimeUs } from '../../lib/time.ts';
import { BY_ACTOR } from './day-index-tables.ts';
import { divideRange, indexedEvents, partsOf } from './indexed-events.ts';
import type { EventSource } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { bigintOf, numberOf, optional, query, textOf } from './values.ts';

export async function findIdentities(
  source: EventSource,
  text: string,
  limit: number,
): Promise<readonly IdentityFacts[]> {
  const rows = await query(source.connection, findIn(await seenActors(source)), { text, limit: bigintOf(limit) });
  return rows.map(([id, kind, events, first, last]) => ({
    id: textOf(id),
    kind: textOf(kind) as ActorKind,
    events: numberOf(events),
    first: formatTimeUs(numberOf(first)),
    last: formatTimeUs(numberOf(last)),
  }));
}

/** Ids of which as many last parts as `text` has resemble it, most alike first; then those that hold it somewhere. */
export async function nearIdentities(source: EventSource, text: string, limit: number): Promise<readonly string[]> {
  const parts = BigInt(text.split('/').length);
  const rows = await query(source.connection, nearIn(await seenActors(source)), {
    text,
    parts,
    limit: bigintOf(limit),
    alike: ALIKE,
  });
  return rows.map(([id]) => textOf(id));
}

export async function readFirstTimes(source: EventSource, actor: string): Promise<FirstTimes> {
  const events = await indexedEvents(source, BY_ACTOR, EVER);
  const rows = await query(source.connection, firstsIn(events), { actor });
  const firsts = { secrets: new Map<string, number>(), addresses: new Map<string, number>() };
  for (const [secret, address, time] of rows) {
    keepFirst(firsts.secrets, optional(secret, textOf), numberOf(time));
    keepFirst(firsts.addresses, optional(address, textOf), numberOf(time));
  }
  return { secrets: inOrder(firsts.secrets), addresses: inOrder(firsts.addresses) };
}

function keepFirst(firsts: Map<string, number>, value: string | undefined, timeUs: number): void {
  if (value !== undefined) firsts.set(value, Math.min(firsts.get(value) ?? timeUs, timeUs));
}

function inOrder(firsts: ReadonlyMap<string, number>): FirstTimes['secrets'] {
  return [...firsts].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const EVER = [-Infinity, Infinity] as const;

/** Who was seen: a row for each day that has an index, and for each event of other days. */
async function seenActors(source: EventSource): Promise<string> {
  const { whole, rest } = await divideRange(source.connection, EVER);
  const others = await partsOf(
    source,
    BY_ACTOR,
    rest.map((range) => ({ range })),
  );
  return `(
    SELECT actor, coalesce(actor_kind, 'unknown') AS kind, 1 AS events, time AS first, time AS last FROM ${others}
    UNION ALL
    SELECT actor, kind, events, first, last FROM ${CATALOG}.day_actors WHERE build IN (${[0, ...whole].join(', ')}))`;
}

/** An exact id comes first. */
const findIn = (seen: string): string => `
  SELECT actor, arg_max(kind, last), sum(events)::BIGINT, min(first), max(last)
  FROM ${seen}
  WHERE actor = $text OR ends_with(actor, '/' || $text) OR ends_with(actor, ':' || $text)
    OR starts_with(actor, 'person:' || $text || '@')
  GROUP BY actor ORDER BY actor <> $text, actor LIMIT $limit`;

/** Jaro-Winkler similarity of a name with one or two typing errors; of short ones the errors are counted. */
const ALIKE = 0.85;
const nearIn = (seen: string): string => `
  WITH named AS (
    SELECT actor, lower(CASE WHEN starts_with(actor, 'person:') AND NOT contains($text, '@')
      THEN regexp_extract(actor, '^person:([^@]+)', 1)
      ELSE array_to_string(string_split(actor, '/')[-$parts:], '/') END) AS name
    FROM (SELECT DISTINCT actor FROM ${seen})
  ), rated AS (
    SELECT actor, greatest(
      jaro_winkler_similarity(name, lower($text)),
      CASE WHEN contains(lower(actor), lower($text)) THEN $alike ELSE 0 END,
      CASE WHEN damerau_levenshtein(name, lower($text)) * 3 <= length(name) THEN $alike ELSE 0 END) AS alike
    FROM named
  )
  SELECT actor FROM rated WHERE alike >= $alike ORDER BY alike DESC, actor LIMIT $limit`;

const firstsIn = (events: string): string => `
  SELECT CASE WHEN kind = 'read' AND outcome = 'success' THEN secret END AS got, address, min(time)
  FROM ${events} WHERE actor = $actor GROUP BY got, address`;
