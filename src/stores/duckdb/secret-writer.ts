import type { DuckDBConnection } from '@duckdb/node-api';
import type { SecretFacts } from '../../core/access-reader.ts';
import { RecentMap } from '../../lib/recent-map.ts';
import type { PackedEvent } from './packed-batch.ts';
import { sameSecretFacts } from '../secret-facts.ts';
import { CATALOG, append } from './table.ts';
import { SECRETS } from './tables.ts';
import { query, textList, textOf } from './values.ts';

/**
 * Keeps the newest facts of each secret: those of the event stored last, because expectations are applied when an event
 * comes, whatever its time. The facts of recent secrets are remembered, so that an access changes nothing on disk.
 */
export class SecretWriter {
  readonly #connection: DuckDBConnection;
  readonly #recent = new RecentMap<SecretFacts>(RECENT_SECRETS);

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async write(events: readonly PackedEvent[]): Promise<void> {
    const changed = new Map<string, SecretFacts>();
    for (const { secret: facts } of events) {
      if (facts === undefined) continue;
      const { secret, environment } = facts;
      const known = changed.get(secret.id) ?? this.#recent.get(secret.id);
      if (known === undefined || !sameSecretFacts(known, secret, environment)) changed.set(secret.id, facts);
    }
    if (changed.size === 0) return;
    const stored = new Map(await this.#stored([...changed.keys()]));
    const rows = Array.from(changed, ([id, facts]) => ({ id, facts: JSON.stringify(facts) })).filter(
      ({ id, facts }) => stored.get(id) !== facts,
    );
    const replaced = rows.filter(({ id }) => stored.has(id)).map(({ id }) => id);
    if (replaced.length > 0) await query(this.#connection, DELETE, { ids: textList(replaced) });
    await append(this.#connection, SECRETS, rows);
    for (const [id, facts] of changed) this.#recent.set(id, facts);
  }

  async #stored(ids: readonly string[]): Promise<readonly (readonly [string, string])[]> {
    const rows = await query(this.#connection, SELECT, { ids: textList(ids) });
    return rows.map(([id, facts]) => [textOf(id), textOf(facts)] as const);
  }
}

const RECENT_SECRETS = 50_000;
const SELECT = `SELECT id, facts FROM ${CATALOG}.secrets WHERE id IN (SELECT unnest($ids))`;
const DELETE = `DELETE FROM ${CATALOG}.secrets WHERE id IN (SELECT unnest($ids))`;
