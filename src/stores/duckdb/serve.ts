import { WhosawError } from '../../core/errors.ts';
import { readAccesses } from './accesses.ts';
import { readAlerts } from './alerts.ts';
import type { Database } from './database.ts';
import { DayIndexer } from './day-indexer.ts';
import { exportPiece, piecesOf, readDeletions, storedDays } from './day-writer.ts';
import { findEvents, readEvents, readPage } from './event-reader.ts';
import { readGaps } from './gaps.ts';
import { pendingNotifications } from './notifications.ts';
import type { Methods } from './protocol.ts';
import { findIdentities, nearIdentities, readFirstTimes } from './identities.ts';
import { Reader } from './reader.ts';
import { readSegments } from './segments.ts';
import { readTally } from './tally.ts';
import { outlineEvents } from './outlines.ts';
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
  const pipeline = await Reader.open(database);
  const people = await Reader.open(database);
  const turn = <T>(statement: () => Promise<T>): Promise<T> => pipeline.turn(statement);
  const indexer = writer === undefined ? undefined : await DayIndexer.open(database, { writer, turn });
  return {
    commit: async (batch) => writable(writer).commit(batch),
    markWarmed: async (rules) => writable(writer).markWarmed(rules),
    settle: async (key, result) => writable(writer).settle(key, result),
    load: () => pipeline.read(({ connection }) => loadState(connection)),
    page: (range, after) => pipeline.read((events) => readPage(events, range, after)),
    eventsById: (ids, timeUs) => pipeline.read((events) => readEvents(events, ids, timeUs)),
    pending: (limit, sink) => pipeline.read(({ connection }) => pendingNotifications(connection, limit, sink)),
    secrets: (text, limit) => people.read(({ connection }) => findSecrets(connection, text, limit)),
    near: (text, limit) => people.read(({ connection }) => nearSecrets(connection, text, limit)),
    accesses: (question) => people.read((events) => readAccesses(events, question)),
    sources: () => people.read(({ connection }) => sourceFacts(connection)),
    findEvents: (question) => people.read((events) => findEvents(events, question)),
    alerts: (question) => people.read(({ connection }) => readAlerts(connection, question)),
    identities: (text, limit) => people.read((events) => findIdentities(events, text, limit)),
    nearIdentities: (text, limit) => people.read((events) => nearIdentities(events, text, limit)),
    firstTimes: (actor) => people.read((events) => readFirstTimes(events, actor)),
    tally: (question) => people.read((events) => readTally(events, question)),
    search: (question) => people.read((events) => searchEvents(events, question)),
    outlines: (question) => people.read((events) => outlineEvents(events, question)),
    gaps: (question) => people.read(({ connection }) => readGaps(connection, question)),
    checkpoint: (source) => people.read(({ connection }) => readCheckpoint(connection, source)),
    segments: () => people.read(({ connection }) => readSegments(connection)),
    days: () => people.read(({ connection }) => storedDays(connection)),
    deletions: (timeUs) => people.read(({ connection }) => readDeletions(connection, timeUs)),
    piecesOf: (day) => people.read(({ connection }) => piecesOf(connection, day)),
    exportPiece: (piece, paths) => people.read(({ connection }) => exportPiece(connection, piece, paths)),
    recordSegment: async (...args) => writable(writer).recordSegment(...args),
    deleteDay: async (deletion) => {
      const deleted = await writable(indexer).idle(() => writable(writer).deleteDay(deletion));
      // Who began before it may be reading the files still.
      await Promise.all([pipeline.release(), people.release()]);
      return deleted;
    },
    indexDay: async (day) => writable(indexer).index(day),
    close: async () => {
      await indexer?.close();
      await writer?.close();
      await pipeline.close();
      await people.close();
      database.close();
    },
  };
}

function writable<T>(part: T | undefined): T {
  if (part !== undefined) return part;
  throw new WhosawError('STORE_UNAVAILABLE', 'The store was opened for reading only.');
}
