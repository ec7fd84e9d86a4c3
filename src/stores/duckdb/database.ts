import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { WhosawError } from '../../core/errors.ts';
import { sealedFolder, type SealedFolder } from './sealed-folder.ts';
import { createDayIndexTables } from './day-index-tables.ts';
import { createGaps } from './gaps.ts';
import { CATALOG, append, createTable } from './table.ts';
import {
  ALERTS,
  DELETIONS,
  DOCUMENTS,
  EVENTS,
  MARKS,
  META,
  NOTIFICATIONS,
  REJECTIONS,
  SCHEMA_VERSION,
  SECRETS,
  SEGMENTS,
  SOURCES,
  WARMED,
} from './tables.ts';
import { numberOf, query, quote } from './values.ts';

export interface Database {
  readonly sealed: SealedFolder;
  connect(): Promise<DuckDBConnection>;
  /** Bytes that a start after a crash would have to replay. */
  walBytes(): number;
  close(): void;
}

/**
 * Opens the file, which is made under another name first, so that a kill leaves none without tables. Nothing that a
 * statement says can reach files other than the sealed ones or change a setting.
 */
export async function openDatabase(file: string, readOnly: boolean): Promise<Database> {
  if (!readOnly && !existsSync(file)) await createFile(file);
  const instance = await attached(file, readOnly, async (connection) => {
    await checkTables(connection, file, readOnly);
    if (!readOnly) await createGaps(connection);
  });
  return {
    sealed: sealedFolder(file),
    connect: () => instance.connect(),
    walBytes: () => statSync(`${file}.wal`, { throwIfNoEntry: false })?.size ?? 0,
    close: () => instance.closeSync(),
  };
}

async function createFile(file: string): Promise<void> {
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  rmSync(`${unfinished}.wal`, { force: true });
  const instance = await attached(unfinished, false, createTables);
  instance.closeSync();
  renameSync(unfinished, file);
}

async function attached(
  file: string,
  readOnly: boolean,
  prepare: (connection: DuckDBConnection) => Promise<void>,
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(Math.max(1, availableParallelism() - 1)),
    memory_limit: MEMORY_LIMIT,
    temp_directory: `${file}.tmp`,
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    // The writer says when (see writer.ts): a checkpoint of its own accord would hold up a commit.
    wal_autocheckpoint: '1TB',
    // Merging small row groups rewrites large ones, again and again while a table grows.
    max_vacuum_tasks: '0',
  });
  try {
    const connection = await instance.connect();
    await connection.run(`ATTACH ${quote(file)} AS ${CATALOG} (${attachOptions(readOnly)})`);
    await connection.run(`SET allowed_directories = [${quote(sealedFolder(file).root)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    await prepare(connection);
    connection.closeSync();
  } catch (error) {
    instance.closeSync();
    throw error;
  }
  return instance;
}

/** Of DuckDB's own buffers; a question that needs more spills to disk. */
const MEMORY_LIMIT = '512MB';

/** Rows of one unit of storage, and of one checkpoint: see docs/decisions/store.md. */
export const ROW_GROUP_ROWS = 61_440;

function attachOptions(readOnly: boolean): string {
  return readOnly ? 'READ_ONLY' : `STORAGE_VERSION 'latest', ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
}

async function checkTables(connection: DuckDBConnection, file: string, readOnly: boolean): Promise<void> {
  const found = await query(connection, 'SELECT table_name FROM duckdb_tables() WHERE database_name = $catalog', {
    catalog: CATALOG,
  });
  if (!found.some(([name]) => name === META.name)) {
    throw new WhosawError('STORE_CORRUPT', `${file} was not written by whosaw: name another folder as store.path.`);
  }
  const [row] = await query(connection, `SELECT max(version) FROM ${CATALOG}.meta`);
  const version = numberOf(row?.[0]);
  if (version === SCHEMA_VERSION) return;
  if (version < SCHEMA_VERSION) {
    if (!readOnly) return bringUpToDate(connection, version);
    throw new WhosawError(
      'STORE_UNAVAILABLE',
      `${file} is of an older whosaw: run \`whosaw up\` once, which brings it up to date.`,
    );
  }
  throw new WhosawError(
    'STORE_CORRUPT',
    `${file} has format ${version} and this whosaw reads format ${SCHEMA_VERSION}: use the version that wrote it.`,
  );
}

/** Format without sealed days. */
const BEFORE_SEALING = 1;

/** What is new are tables: all that was there stays as it is. */
async function bringUpToDate(connection: DuckDBConnection, version: number): Promise<void> {
  await connection.run('BEGIN');
  const sealing = version === BEFORE_SEALING ? [createTable(SEGMENTS), createTable(DELETIONS)] : [];
  for (const table of [...sealing, ...createDayIndexTables()]) await connection.run(table);
  await connection.run(`UPDATE ${CATALOG}.meta SET version = ${SCHEMA_VERSION}`);
  await connection.run('COMMIT');
}

async function createTables(connection: DuckDBConnection): Promise<void> {
  await connection.run('BEGIN');
  for (const sql of DEFINITIONS) await connection.run(sql);
  await append(connection, META, [SCHEMA_VERSION]);
  await connection.run('COMMIT');
}

const DEFINITIONS = [
  createTable(EVENTS),
  createTable(DOCUMENTS),
  createTable(SECRETS),
  createTable(SOURCES),
  createTable(REJECTIONS),
  createTable(ALERTS),
  createTable(MARKS),
  createTable(WARMED),
  createTable(NOTIFICATIONS),
  createTable(SEGMENTS),
  createTable(DELETIONS),
  createTable(META),
  ...createDayIndexTables(),
];
