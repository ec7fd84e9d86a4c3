import type { Database } from './database.ts';
import type { EventReader } from './document-reader.ts';
import { Lane } from './lane.ts';
import { SealedDocuments } from './sealed-documents.ts';

/**
 * One connection that reads. Each job is a transaction of its own: between two statements of one, sealing may move
 * events from the database to a file.
 */
export class Reader {
  readonly #events: EventReader;
  readonly #lane = new Lane();
  #idle: NodeJS.Timeout | undefined;

  private constructor(events: EventReader) {
    this.#events = events;
  }

  static async open(database: Database): Promise<Reader> {
    const connection = await database.connect();
    const documents = new SealedDocuments(connection);
    return new Reader({ connection, sealed: database.sealed, documents });
  }

  read<T>(job: (events: EventReader) => Promise<T>): Promise<T> {
    return this.#lane.run(async () => {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => void this.release(), IDLE_MS).unref();
      const { connection, documents } = this.#events;
      await connection.run('BEGIN');
      try {
        const result = await job(this.#events);
        await connection.run('COMMIT');
        return result;
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        // A copy that was made within went with it.
        await documents.forget();
        throw error;
      }
    });
  }

  /** Runs a job of another connection in the order of this one's. */
  turn<T>(job: () => Promise<T>): Promise<T> {
    return this.#lane.run(job);
  }

  /** After it nothing that was asked before reads any file. */
  release(): Promise<void> {
    return this.#lane.run(() => this.#events.documents.forget());
  }

  close(): Promise<void> {
    return this.#lane.run(async () => {
      clearTimeout(this.#idle);
      this.#events.connection.closeSync();
    });
  }
}

/** A copy of a sealed day is kept for the next page as long. */
const IDLE_MS = 60_000;
