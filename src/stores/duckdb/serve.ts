import type { DuckDBConnection } from '@duckdb/node-api';
import { WhosawError } from '../../core/errors.ts';
import { readAccesses } from './accesses.ts';
import { readAlerts } from './alerts.ts';
import type { Database } from './database.ts';
import { findEvents, readEvents, readPage } from './event-reader.ts';
import { readGaps } from './gaps.ts';
import { Lane } from './lane.ts';
import { pendingNotifications } from './notifications.ts';
import type { Methods } from './protocol.ts';
import { findIdentities, nearIdentities, readFirstTimes } from './identities.ts';
import { readTally } from './tally.ts';
import { searchEvents } from './search.ts';
import { findSecrets, nearSecrets } from './secrets.ts';
import { readCheckpoint, sourceFacts } from './sources.ts';
import { loadState } from './state.ts';
import { Writer } from './writer.ts';

/**
 * The store's methods over an open database. One connection writes, one reads for the pipeline and one for people, so
 * that none waits for another's long question, and all together take at most three of the process's four I/O threads.
 */
export async function serve(database: Database, readOnly: boolean): Promise<Methods> {
  const writer = readOnly ? undefined : await Writer.open(database);
  const pipeline = await reader(database);
  const people = await reader(database);
  return {
    commit: async (batch) => writable(writer).commit(batch),
    markWarmed: async (rules) => writable(writer).markWarmed(rules),
    settle: async (key, result) => writable(writer).settle(key, result),
    load: () => pipeline(loadState),
    page: (range, after) => pipeline((connection) => readPage(connection, range, after)),
    eventsById: (ids, timeUs) => pipeline((connection) => readEvents(connection, ids, timeUs)),
    pending: (limit, sink) => pipeline((connection) => pendingNotifications(connection, limit, sink)),
    secrets: (text, limit) => people((connection) => findSecrets(connection, text, limit)),
    near: (text, limit) => people((connection) => nearSecrets(connection, text, limit)),
    accesses: (question) => people((connection) => readAccesses(connection, question)),
    sources: () => people(sourceFacts),
    findEvents: (question) => people((connection) => findEvents(connection, question)),
    alerts: (question) => people((connection) => readAlerts(connection, question)),
    identities: (text, limit) => people((connection) => findIdentities(connection, text, limit)),
    nearIdentities: (text, limit) => people((connection) => nearIdentities(connection, text, limit)),
    firstTimes: (actor) => people((connection) => readFirstTimes(connection, actor)),
    tally: (question) => people((connection) => readTally(connection, question)),
    gaps: (question) => people((connection) => readGaps(connection, question)),
    checkpoint: (source) => people((connection) => readCheckpoint(connection, source)),
    search: (question) => people((connection) => searchEvents(connection, question)),
    close: async () => {
      await writer?.close();
      await pipeline(async (connection) => connection.closeSync());
      await people(async (connection) => connection.closeSync());
      database.close();
    },
  };
}

type Read = <T>(job: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;

async function reader(database: Database): Promise<Read> {
  const connection = await database.connect();
  const lane = new Lane();
  return (job) => lane.run(() => job(connection));
}

function writable(writer: Writer | undefined): Writer {
  if (writer !== undefined) return writer;
  throw new WhosawError('STORE_UNAVAILABLE', 'The store was opened for reading only.');
}
