import type { DuckDBConnection } from '@duckdb/node-api';
import { parquet } from './stored-events.ts';
import { bytesOf, numberOf, query } from './values.ts';

/** Where a sealed document is: a file, and the number of its row in there. */
export interface SealedPlace {
  readonly timeUs: number;
  readonly file: string;
  readonly row: number;
}

/**
 * Documents of sealed files. A file is sorted by secret, and who reads on and on reads by time, so that each page would
 * unpack all of the file: of the file that many documents are asked of, a copy sorted by time is kept for the next pages.
 */
export class SealedDocuments {
  readonly #connection: DuckDBConnection;
  #copied: string | undefined;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Of places in one file, by row. `asked`: so many of the file the question needs in all. */
  async read(places: readonly SealedPlace[], asked: number): Promise<ReadonlyMap<number, Buffer>> {
    const file = places[0]?.file;
    if (file === undefined) return new Map();
    const rows = places.map(({ row }) => row);
    if (file !== this.#copied && asked < COPY_FROM) {
      const between = `file_row_number BETWEEN ${Math.min(...rows)} AND ${Math.max(...rows)}`;
      return this.#select('file_row_number', `${parquet([file])} WHERE ${between}`, rows);
    }
    if (file !== this.#copied) await this.#copy(file);
    const times = places.map(({ timeUs }) => timeUs);
    const between = `time BETWEEN ${BigInt(Math.min(...times))} AND ${BigInt(Math.max(...times))}`;
    return this.#select('row', `${COPY} WHERE ${between}`, rows);
  }

  /** Gives the copy's memory back. */
  async forget(): Promise<void> {
    if (this.#copied === undefined) return;
    this.#copied = undefined;
    await this.#connection.run(`DROP TABLE IF EXISTS ${COPY}`);
  }

  async #copy(file: string): Promise<void> {
    this.#copied = undefined;
    await this.#connection.run(`
      CREATE OR REPLACE TEMP TABLE ${COPY.slice(COPY.indexOf('.') + 1)} AS
      SELECT file_row_number AS row, epoch_us(time) AS time, document FROM ${parquet([file])} ORDER BY time`);
    this.#copied = file;
  }

  async #select(row: string, from: string, rows: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
    const found = await query(
      this.#connection,
      `SELECT ${row}, encode(document) FROM ${from} AND ${row} IN (${rows.join(', ')})`,
    );
    return new Map(
      found.map(([number, document]) => {
        const bytes = bytesOf(document);
        return [numberOf(number), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
      }),
    );
  }
}

const COPY = 'temp.unsealed';
/** Fewer documents of one file are read from where they are. */
const COPY_FROM = 200;
