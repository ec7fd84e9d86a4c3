import type { DuckDBConnection } from '@duckdb/node-api';
import { WhosawError } from '../../core/errors.ts';
import type { CommitReceipt, NotificationKey, NotificationResult } from '../../core/ports.ts';
import { AlertWriter } from './alert-writer.ts';
import { ROW_GROUP_ROWS } from './database.ts';
import type { Database } from './database.ts';
import { Deduplicator } from './deduplicate.ts';
import type { Verdict } from './deduplicate.ts';
import type { Deletion } from '../../core/days.ts';
import { deleteDay, recordSegment, type Exported } from './day-writer.ts';
import { EventWriter } from './event-writer.ts';
import { writeGaps } from './gaps.ts';
import { IndexedDays, sweepIndexes } from './indexed-days.ts';
import { Lane } from './lane.ts';
import { writeMarks, writeWarmed } from './mark-writer.ts';
import { settleNotification } from './notifications.ts';
import { release, unpackEvents } from './packed-batch.ts';
import type { PackedBatch, PackedEvent } from './packed-batch.ts';
import { conflictRow, rejectionRow, writeRejections } from './rejection-writer.ts';
import { SecretWriter } from './secret-writer.ts';
import type { Segment } from './segments.ts';
import { SourceWriter } from './source-writer.ts';
import { CATALOG } from './table.ts';

/**
 * The one writer: transactions follow each other in the order of the calls. Commits that wait for the same transaction
 * share the next one. After a failed transaction nothing is written any more, because a later batch of a source must not
 * become durable without the earlier one.
 */
export class Writer {
  readonly #database: Database;
  readonly #connection: DuckDBConnection;
  readonly #lane = new Lane();
  readonly #waiting: WaitingCommit[] = [];
  readonly #parts: WriterParts;
  #rowsSinceCheckpoint = 0;
  #isIndexing = false;
  #failure: unknown;

  private constructor(database: Database, connection: DuckDBConnection, parts: WriterParts) {
    this.#database = database;
    this.#connection = connection;
    this.#parts = parts;
  }

  static async open(database: Database): Promise<Writer> {
    const connection = await database.connect();
    return new Writer(database, connection, {
      duplicates: new Deduplicator({ connection, sealed: database.sealed }),
      events: await EventWriter.open(connection),
      secrets: new SecretWriter(connection),
      sources: await SourceWriter.open(connection),
      alerts: await AlertWriter.open(connection),
      indexes: await IndexedDays.open(connection),
    });
  }

  commit(batch: PackedBatch): Promise<CommitReceipt> {
    const { promise, resolve, reject } = Promise.withResolvers<CommitReceipt>();
    this.#waiting.push({ batch, resolve, reject });
    void this.#lane.run(() => this.#commitWaiting());
    return promise;
  }

  markWarmed(rules: readonly string[]): Promise<void> {
    return this.#lane.run(() => this.#transaction(() => writeWarmed(this.#connection, rules)));
  }

  settle(key: NotificationKey, result: NotificationResult): Promise<void> {
    return this.#lane.run(() => this.#transaction(() => settleNotification(this.#connection, key, result)));
  }

  recordSegment(segment: Segment, exported: Exported, eventsPath: string): Promise<void> {
    return this.#lane.run(() =>
      this.#transaction(() => recordSegment(this.#connection, segment, exported, eventsPath)),
    );
  }

  deleteDay(deletion: Omit<Deletion, 'events'>): ReturnType<typeof deleteDay> {
    const source = { connection: this.#connection, sealed: this.#database.sealed };
    return this.#lane.run(() =>
      this.#transaction(async () => {
        await this.#parts.indexes.drop([deletion.day]);
        await sweepIndexes(this.#connection);
        return deleteDay(source, deletion);
      }),
    );
  }

  isIndexed(day: number): boolean {
    return this.#parts.indexes.has(day);
  }

  /** `begin` begins the transaction in which the index is built: between two commits. */
  beginIndex(day: number, begin: () => Promise<void>): Promise<void> {
    return this.#lane.run(async () => {
      await begin();
      this.#parts.indexes.begin(day);
      this.#isIndexing = true;
    });
  }

  /** Ends that transaction, between two commits. Whether the index counts: it does not where events came meanwhile. */
  endIndex(isBuilt: boolean, connection: DuckDBConnection): Promise<boolean> {
    const { indexes } = this.#parts;
    return this.#lane.run(async () => {
      const isKept = isBuilt && indexes.isWhole;
      this.#isIndexing = false;
      try {
        await connection.run(isKept ? 'COMMIT' : 'ROLLBACK');
        indexes.end(isKept);
      } catch (error) {
        indexes.end(false);
        throw error;
      }
      return isKept;
    });
  }

  /** After all that was asked for. */
  close(): Promise<void> {
    return this.#lane.run(async () => {
      if (this.#failure === undefined) await this.#checkpoint();
      this.#connection.closeSync();
    });
  }

  async #commitWaiting(): Promise<void> {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    try {
      const receipts = await this.#transaction(() => this.#write(group.map(({ batch }) => batch)));
      for (const { batch } of group) release(batch);
      for (const [index, { resolve }] of group.entries()) resolve(receipts[index] ?? NOTHING);
      for (const { stored } of receipts) this.#rowsSinceCheckpoint += stored;
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    await this.#checkpointWhenDue().catch((error: unknown) => (this.#failure = error));
  }

  /** The commits that wait, as far as one transaction goes. */
  #takeGroup(): readonly WaitingCommit[] {
    let events = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      events += batch.ends.length;
      if (count > 0 && events > GROUP_EVENTS) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #transaction<T>(write: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw afterFailure(this.#failure);
    try {
      await this.#connection.run('BEGIN');
      const result = await write();
      await this.#connection.run('COMMIT');
      return result;
    } catch (error) {
      this.#failure = error;
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #write(batches: readonly PackedBatch[]): Promise<readonly CommitReceipt[]> {
    const { duplicates, events, indexes, secrets, sources, alerts } = this.#parts;
    const packed = batches.map(unpackEvents);
    const all = packed.flat();
    const verdicts = await duplicates.judge(all);
    const fresh = all.filter((_, index) => verdicts[index] === 'new');
    await events.write(fresh);
    await indexes.touch(fresh);
    await secrets.write(fresh);
    await alerts.write(batches.flatMap((batch) => batch.alerts));
    await alerts.notify(batches.flatMap((batch) => batch.notifications));
    await writeMarks(
      this.#connection,
      batches.flatMap((batch) => batch.marks),
    );
    const rejected = await writeRejections(this.#connection, [
      ...batches.flatMap(({ rejections, appendedMs }) => rejections.map((one) => rejectionRow(one, appendedMs))),
      ...all.filter((_, index) => verdicts[index] === 'conflict').map(conflictRow),
    ]);
    await writeGaps(
      this.#connection,
      batches.flatMap((batch) => batch.gaps ?? []),
    );
    sources.countEvents(fresh);
    for (const { source } of rejected) sources.countRejected(source);
    for (const checkpoint of batches.flatMap((batch) => batch.checkpoints)) sources.checkpoint(checkpoint);
    await sources.write();
    return receiptsOf(packed, verdicts);
  }

  async #checkpointWhenDue(): Promise<void> {
    // It would fail while another transaction writes.
    if (this.#isIndexing) return;
    if (this.#rowsSinceCheckpoint < ROW_GROUP_ROWS && this.#database.walBytes() < WAL_LIMIT_BYTES) return;
    await this.#checkpoint();
  }

  /** Moves the write-ahead log into the file. Writers wait for it, readers don't. */
  async #checkpoint(): Promise<void> {
    this.#rowsSinceCheckpoint = 0;
    await this.#connection.run(`CHECKPOINT ${CATALOG}`);
  }
}

interface WaitingCommit {
  readonly batch: PackedBatch;
  readonly resolve: (receipt: CommitReceipt) => void;
  readonly reject: (error: unknown) => void;
}

interface WriterParts {
  readonly duplicates: Deduplicator;
  readonly events: EventWriter;
  readonly secrets: SecretWriter;
  readonly sources: SourceWriter;
  readonly alerts: AlertWriter;
  readonly indexes: IndexedDays;
}

function receiptsOf(
  packed: readonly (readonly PackedEvent[])[],
  verdicts: readonly Verdict[],
): readonly CommitReceipt[] {
  let start = 0;
  return packed.map(({ length }) => {
    const own = verdicts.slice(start, start + length);
    start += length;
    const count = (wanted: Verdict): number => own.filter((verdict) => verdict === wanted).length;
    return { stored: count('new'), duplicates: count('duplicate'), conflicts: count('conflict') };
  });
}

function afterFailure(cause: unknown): WhosawError {
  return new WhosawError(
    'STORE_UNAVAILABLE',
    'The store takes nothing more after a write that failed: start whosaw again, it goes on at its checkpoints.',
    { cause },
  );
}

const NOTHING: CommitReceipt = { stored: 0, duplicates: 0, conflicts: 0 };
const GROUP_EVENTS = 20_000;
/** Bounds what a start after a crash has to replay. */
const WAL_LIMIT_BYTES = 64_000_000;
