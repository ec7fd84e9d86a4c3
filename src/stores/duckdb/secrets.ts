import type { DuckDBConnection } from '@duckdb/node-api';
import type { SecretFacts } from '../../core/access-reader.ts';
import { CATALOG } from './table.ts';
import { bigintOf, query, textOf } from './values.ts';

export async function findSecrets(
  connection: DuckDBConnection,
  text: string,
  limit: number,
): Promise<readonly SecretFacts[]> {
  const rows = await query(connection, FIND, { text, limit: bigintOf(limit) });
  return rows.map(([facts]) => JSON.parse(textOf(facts)) as SecretFacts);
}

/** Ids of which as many last parts as `text` has resemble it, most alike first; then those that hold it somewhere. */
export async function nearSecrets(
  connection: DuckDBConnection,
  text: string,
  limit: number,
): Promise<readonly string[]> {
  const parts = BigInt(text.split('/').length);
  const rows = await query(connection, NEAR, { text, parts, limit: bigintOf(limit), alike: ALIKE });
  return rows.map(([id]) => textOf(id));
}

/** An exact id comes first. */
const FIND = `
  SELECT facts FROM ${CATALOG}.secrets
  WHERE id = $text OR ends_with(id, '/' || $text) OR ends_with(id, ':' || $text)
  ORDER BY id <> $text, id LIMIT $limit`;

/** Jaro-Winkler similarity of a name with one or two typing errors. */
const ALIKE = 0.85;
const NEAR = `
  SELECT id FROM (
    SELECT id, greatest(
      jaro_winkler_similarity(lower(array_to_string(string_split(id, '/')[-$parts:], '/')), lower($text)),
      CASE WHEN contains(lower(id), lower($text)) THEN $alike ELSE 0 END) AS alike
    FROM ${CATALOG}.secrets)
  WHERE alike >= $alike ORDER BY alike DESC, id LIMIT $limit`;
