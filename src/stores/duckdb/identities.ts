import type { ActorKind } from '../../core/event.ts';
import type { FirstTimes, IdentityFacts } from '../../core/access-reader.ts';
import { formatTimeUs } from '../../lib/time.ts';
import { storedEvents } from './stored-events.ts';
import type { EventSource } from './stored-events.ts';
import { bigintOf, numberOf, query, textOf } from './values.ts';

export async function findIdentities(
  source: EventSource,
  text: string,
  limit: number,
): Promise<readonly IdentityFacts[]> {
  const rows = await query(source.connection, findIn(await storedEvents(source)), { text, limit: bigintOf(limit) });
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
  const rows = await query(source.connection, nearIn(await storedEvents(source)), {
    text,
    parts,
    limit: bigintOf(limit),
    alike: ALIKE,
  });
  return rows.map(([id]) => textOf(id));
}

export async function readFirstTimes(source: EventSource, actor: string): Promise<FirstTimes> {
  const pairs = async (sql: string): Promise<readonly (readonly [string, number])[]> => {
    const rows = await query(source.connection, sql, { actor });
    return rows.map(([value, time]) => [textOf(value), numberOf(time)]);
  };
  const events = await storedEvents(source);
  return { secrets: await pairs(firstSecrets(events)), addresses: await pairs(firstAddresses(events)) };
}

/** An exact id comes first. */
const findIn = (events: string): string => `
  SELECT actor, arg_max(coalesce(actor_kind, 'unknown'), time), count(*), min(time), max(time)
  FROM ${events}
  WHERE actor = $text OR ends_with(actor, '/' || $text) OR ends_with(actor, ':' || $text)
    OR starts_with(actor, 'person:' || $text || '@')
  GROUP BY actor ORDER BY actor <> $text, actor LIMIT $limit`;

/** Jaro-Winkler similarity of a name with one or two typing errors; of short ones the errors are counted. */
const ALIKE = 0.85;
const nearIn = (events: string): string => `
  WITH named AS (
    SELECT actor, lower(CASE WHEN starts_with(actor, 'person:') AND NOT contains($text, '@')
      THEN regexp_extract(actor, '^person:([^@]+)', 1)
      ELSE array_to_string(string_split(actor, '/')[-$parts:], '/') END) AS name
    FROM (SELECT DISTINCT actor FROM ${events} WHERE actor IS NOT NULL)
  ), rated AS (
    SELECT actor, greatest(
      jaro_winkler_similarity(name, lower($text)),
      CASE WHEN contains(lower(actor), lower($text)) THEN $alike ELSE 0 END,
      CASE WHEN damerau_levenshtein(name, lower($text)) * 3 <= length(name) THEN $alike ELSE 0 END) AS alike
    FROM named
  )
  SELECT actor FROM rated WHERE alike >= $alike ORDER BY alike DESC, actor LIMIT $limit`;

const firstSecrets = (events: string): string => `
  SELECT secret, min(time) FROM ${events}
  WHERE actor = $actor AND kind = 'read' AND outcome = 'success' AND secret IS NOT NULL GROUP BY secret ORDER BY secret`;
const firstAddresses = (events: string): string => `
  SELECT address, min(time) FROM ${events}
  WHERE actor = $actor AND address IS NOT NULL GROUP BY address ORDER BY address`;
