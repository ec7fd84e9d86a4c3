import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_US } from '../../lib/time.ts';
import { ACCESS_REACH_US, BUILT_TABLES, dayOf } from './day-index-tables.ts';
import type { PackedEvent } from './packed-batch.ts';
import { CATALOG } from './table.ts';
import { numberOf, query } from './values.ts';

/**
 * The writer's knowledge of which days have an index. One holds all events of its day or does not count: an event that comes
 * late takes it away, within the transaction that stores the event.
 */
export class IndexedDays {
  readonly #connection: DuckDBConnection;
  readonly #days: Set<number>;
  /** Behind it no event can touch an index. */
  #endUs = -Infinity;
  #building: { readonly day: number; isStale: boolean } | undefined;

  private constructor(connection: DuckDBConnection, days: Iterable<number>) {
    this.#connection = connection;
    this.#days = new Set(days);
    this.#setEnd();
  }

  static async open(connection: DuckDBConnection): Promise<IndexedDays> {
    const rows = await query(connection, `SELECT day FROM ${CATALOG}.day_indexes`);
    return new IndexedDays(
      connection,
      rows.map(([day]) => numberOf(day)),
    );
  }

  has(day: number): boolean {
    return this.#days.has(day);
  }

  /** From here on what touches the day makes the index that is being built stale. */
  begin(day: number): void {
    this.#building = { day, isStale: false };
    this.#setEnd();
  }

  /** Whether what was built is still all of the day. */
  get isWhole(): boolean {
    return this.#building?.isStale === false;
  }

  end(isKept: boolean): void {
    if (isKept && this.#building !== undefined) this.#days.add(this.#building.day);
    this.#building = undefined;
    this.#setEnd();
  }

  /** Within the transaction that stores the events. */
  async touch(events: readonly PackedEvent[]): Promise<void> {
    const touched = new Set<number>();
    for (const { timeUs, facts } of events) {
      if (timeUs - ACCESS_REACH_US > this.#endUs) continue;
      const reach = facts[2] !== undefined || facts[17] ? ACCESS_REACH_US : 0;
      for (let day = dayOf(timeUs - reach); day <= dayOf(timeUs + reach); day++) touched.add(day);
    }
    await this.drop([...touched]);
  }

  /** Within a transaction. */
  async drop(days: readonly number[]): Promise<void> {
    if (this.#building !== undefined && days.includes(this.#building.day)) this.#building.isStale = true;
    const dropped = days.filter((day) => this.#days.delete(day));
    if (dropped.length === 0) return;
    await this.#connection.run(`DELETE FROM ${CATALOG}.day_indexes WHERE day IN (${dropped.join(', ')})`);
    this.#setEnd();
  }

  #setEnd(): void {
    const last = Math.max(...this.#days, this.#building?.day ?? -Infinity);
    this.#endUs = (last + 1) * DAY_US;
  }
}

/** Removes what no day counts any more. Within a transaction. */
export async function sweepIndexes(connection: DuckDBConnection): Promise<void> {
  for (const table of BUILT_TABLES) {
    await connection.run(
      `DELETE FROM ${CATALOG}.${table} WHERE build NOT IN (SELECT build FROM ${CATALOG}.day_indexes)`,
    );
  }
}
