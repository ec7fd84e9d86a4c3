import { DAY_US } from '../../lib/time.ts';
import { CATALOG } from './table.ts';
import { EVENTS } from './tables.ts';

/**
 * A complete day's events once more, in the order of what people ask by: of a day in order of time each block has a bit of
 * everything, and a question about one secret would read them all.
 */
export interface SortedCopy {
  readonly table: string;
  /** Of EVENTS; rows are in order of the first. */
  readonly columns: readonly string[];
  /** Which events are in it. */
  readonly where: string;
}

export const BY_SECRET: SortedCopy = {
  table: 'by_secret',
  columns: [
    'secret',
    'time',
    'time_precision',
    'id',
    'access',
    'actor',
    'actor_kind',
    'team',
    'kind',
    'outcome',
    'reason',
    'address',
    'environment',
    'expected_network',
    'expected_role',
    'expected_schedule',
    'unanswered',
  ],
  where: 'secret IS NOT NULL AND kind IS NOT NULL',
};

/** All that an outline shows, and all texts that a query may ask for. */
export const BY_ACTOR: SortedCopy = {
  table: 'by_actor',
  columns: [
    'actor',
    'time',
    'id',
    'access',
    'dataset',
    'source',
    'actor_kind',
    'team',
    'secret',
    'kind',
    'outcome',
    'reason',
    'address',
    'environment',
    'expected_network',
    'expected_role',
    'expected_schedule',
    'unanswered',
    'action',
    'path',
    'user_name',
    'wrap',
  ],
  where: 'actor IS NOT NULL',
};

export const BY_ADDRESS: SortedCopy = {
  table: 'by_address',
  columns: ['address', 'time', 'id', 'access', 'environment', 'kind'],
  where: 'address IS NOT NULL AND kind IS NOT NULL',
};

export const SORTED_COPIES = [BY_SECRET, BY_ACTOR, BY_ADDRESS];

/**
 * `day_indexes`: which day has which build; rows of builds that are not here count for nothing. `shared` in a copy: other
 * events tell of the same access, or may. `day_counts`: accesses that one event alone tells of, by what they are counted for.
 */
export const DAY_INDEX_TABLES: Readonly<Record<string, string>> = {
  day_indexes: 'day INTEGER, build BIGINT',
  ...Object.fromEntries(SORTED_COPIES.map((copy) => [copy.table, columnsOf(copy)])),
  day_counts: 'build BIGINT, tally VARCHAR, value VARCHAR, environment VARCHAR, accesses BIGINT',
  day_actors: 'build BIGINT, actor VARCHAR, kind VARCHAR, events BIGINT, first BIGINT, last BIGINT',
};

/** All but which build counts. */
export const BUILT_TABLES = Object.keys(DAY_INDEX_TABLES).filter((name) => name !== 'day_indexes');

/** Events of one access lie at most so far apart: what both accounts log of a call, a request and its response. */
export const ACCESS_REACH_US = 3_600_000_000;

export function dayOf(timeUs: number): number {
  return Math.floor(timeUs / DAY_US);
}

export function createDayIndexTables(): readonly string[] {
  return Object.entries(DAY_INDEX_TABLES).map(([name, columns]) => `CREATE TABLE ${CATALOG}.${name} (${columns})`);
}

function columnsOf({ columns }: SortedCopy): string {
  const types = new Map(EVENTS.columns.map(({ name, type }) => [name, type.toString()]));
  return ['build BIGINT', ...columns.map((name) => `${name} ${types.get(name)}`), 'shared BOOLEAN'].join(', ');
}
