import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_US } from '../../lib/time.ts';
import type { Database } from './database.ts';
import { ACCESS_REACH_US, BY_ACTOR, BY_ADDRESS, BY_SECRET, SORTED_COPIES } from './day-index-tables.ts';
import { sweepIndexes } from './indexed-days.ts';
import { Lane } from './lane.ts';
import { storedEvents, type EventSource } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { COUNTED } from './tally-values.ts';
import { numberOf, query } from './values.ts';
import type { Writer } from './writer.ts';

export interface IndexerOptions {
  readonly writer: Writer;
  /** Runs a statement that may take a second, when others that take long do not. */
  readonly turn: <T>(statement: () => Promise<T>) => Promise<T>;
}

/**
 * Builds the indexes of complete days, in a transaction beside those of the writer: commits go on. Whether the index counts is
 * decided between two commits, because an event may have come meanwhile.
 */
export class DayIndexer {
  readonly #source: EventSource;
  readonly #options: IndexerOptions;
  readonly #lane = new Lane();
  #isClosed = false;

  private constructor(source: EventSource, options: IndexerOptions) {
    this.#source = source;
    this.#options = options;
  }

  static async open(database: Database, options: IndexerOptions): Promise<DayIndexer> {
    return new DayIndexer({ connection: await database.connect(), sealed: database.sealed }, options);
  }

  /** False where the day has an index, or events came for it meanwhile. */
  index(day: number): Promise<boolean> {
    return this.#lane.run(async () => {
      const { writer } = this.#options;
      if (this.#isClosed || writer.isIndexed(day)) return false;
      const { connection } = this.#source;
      await writer.beginIndex(day, () => begin(connection));
      const isBuilt = await this.#build(day).catch((error: unknown) => error);
      const isKept = await writer.endIndex(isBuilt === true, connection);
      if (typeof isBuilt !== 'boolean') throw isBuilt;
      return isKept;
    });
  }

  /** While no index is built. */
  idle<T>(job: () => Promise<T>): Promise<T> {
    return this.#lane.run(job);
  }

  /** Gives up what is being built. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#lane.run(async () => this.#source.connection.closeSync());
  }

  async #build(day: number): Promise<boolean> {
    const { connection } = this.#source;
    const [row] = await query(connection, NEXT_BUILD);
    const build = numberOf(row?.[0]);
    const steps = [
      () => sweepIndexes(connection),
      ...(await stepsOf(this.#source, day, build)).map((sql) => () => run(connection, sql)),
    ];
    for (const step of steps) {
      if (this.#isClosed) return false;
      await this.#options.turn(step);
    }
    return true;
  }
}

async function run(connection: DuckDBConnection, sql: string): Promise<void> {
  await connection.run(sql);
}

/** The transaction sees what is committed now: it begins with its first look. */
async function begin(connection: DuckDBConnection): Promise<void> {
  await connection.run('BEGIN');
  await connection.run(NEXT_BUILD);
}

async function stepsOf(source: EventSource, day: number, build: number): Promise<readonly string[]> {
  const [from, to] = [day * DAY_US, (day + 1) * DAY_US - 1];
  const around = [from - ACCESS_REACH_US, to + ACCESS_REACH_US] as const;
  const events = await storedEvents(source, { timeUs: [from, to] });
  const near = await storedEvents(source, { timeUs: around });
  const shared = `(SELECT access FROM ${near} WHERE access IS NOT NULL AND time BETWEEN ${around[0]} AND ${around[1]})`;
  return [
    ...SORTED_COPIES.map(
      ({ table, columns, where }) => `
        INSERT INTO ${CATALOG}.${table}
        SELECT ${build}, ${columns.join(', ')}, access IS NOT NULL OR unanswered OR id IN ${shared}
        FROM ${events} WHERE time BETWEEN ${from} AND ${to} AND ${where} ORDER BY ${columns[0]}, time`,
    ),
    ...Object.values(COUNTED).map(
      ({ of, copy, column, where }) => `
        INSERT INTO ${CATALOG}.day_counts
        SELECT ${build}, '${of}', ${column}, environment, count(*) FROM ${CATALOG}.${copy.table}
        WHERE build = ${build} AND NOT shared AND ${where} GROUP BY ALL ORDER BY ALL`,
    ),
    `INSERT INTO ${CATALOG}.day_actors
      SELECT ${build}, actor, arg_max(coalesce(actor_kind, 'unknown'), time), count(*), min(time), max(time)
      FROM ${CATALOG}.${BY_ACTOR.table} WHERE build = ${build} GROUP BY actor ORDER BY actor`,
    `INSERT INTO ${CATALOG}.day_indexes VALUES (${day}, ${build})`,
  ];
}

/** Above those of builds that count no more. */
const NEXT_BUILD = `
  SELECT greatest(${[BY_SECRET, BY_ACTOR, BY_ADDRESS]
    .map(({ table }) => `(SELECT coalesce(max(build), 0) FROM ${CATALOG}.${table})`)
    .join(', ')}, (SELECT coalesce(max(build), 0) FROM ${CATALOG}.day_indexes)) + 1`;
