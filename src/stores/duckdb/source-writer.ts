import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceCheckpoint } from '../../core/ports.ts';
import type { PackedEvent } from './packed-batch.ts';
import { CATALOG, append } from './table.ts';
import { SOURCES } from './tables.ts';
import type { SourceRow } from './tables.ts';
import { numberOf, optional, query, textList, textOf } from './values.ts';

/** Keeps of each source its checkpoint, how far it was seen, and its counters. */
export class SourceWriter {
  readonly #connection: DuckDBConnection;
  readonly #sources: Map<string, SourceRow>;
  readonly #touched = new Set<string>();

  private constructor(connection: DuckDBConnection, rows: readonly SourceRow[]) {
    this.#connection = connection;
    this.#sources = new Map(rows.map((row) => [row.source, row]));
  }

  static async open(connection: DuckDBConnection): Promise<SourceWriter> {
    return new SourceWriter(connection, await readSources(connection));
  }

  checkpoint({ source, checkpoint, seenTo, newestUs }: SourceCheckpoint): void {
    const row = this.#row(source);
    this.#set({
      ...row,
      checkpoint: JSON.stringify(checkpoint),
      // While there is more to read, all up to the last time still was.
      seenTo: seenTo ?? row.seenTo,
      newestUs: newest(row.newestUs, newestUs),
    });
  }

  countEvents(events: readonly PackedEvent[]): void {
    const tallies = new Map<string, { events: number; newestUs: number }>();
    for (const { facts, timeUs } of events) {
      const source = facts[4];
      const tally = tallies.get(source);
      if (tally === undefined) tallies.set(source, { events: 1, newestUs: timeUs });
      else {
        tally.events += 1;
        tally.newestUs = Math.max(tally.newestUs, timeUs);
      }
    }
    for (const [source, tally] of tallies) {
      const row = this.#row(source);
      this.#set({ ...row, events: row.events + tally.events, newestUs: newest(row.newestUs, tally.newestUs) });
    }
  }

  countRejected(source: string): void {
    const row = this.#row(source);
    this.#set({ ...row, rejected: row.rejected + 1 });
  }

  /** Writes what changed since the last call. */
  async write(): Promise<void> {
    if (this.#touched.size === 0) return;
    const sources = [...this.#touched];
    this.#touched.clear();
    await query(this.#connection, DELETE, { sources: textList(sources) });
    await append(
      this.#connection,
      SOURCES,
      sources.map((source) => this.#row(source)),
    );
  }

  #row(source: string): SourceRow {
    return this.#sources.get(source) ?? { ...EMPTY, source };
  }

  #set(row: SourceRow): void {
    this.#sources.set(row.source, row);
    this.#touched.add(row.source);
  }
}

export async function readSources(connection: DuckDBConnection): Promise<readonly SourceRow[]> {
  const rows = await query(connection, SELECT);
  return rows.map(([source, checkpoint, seenTo, newestUs, events, rejected]) => ({
    source: textOf(source),
    checkpoint: optional(checkpoint, textOf),
    seenTo: optional(seenTo, textOf),
    newestUs: optional(newestUs, numberOf),
    events: numberOf(events),
    rejected: numberOf(rejected),
  }));
}

function newest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

const EMPTY = { checkpoint: undefined, seenTo: undefined, newestUs: undefined, events: 0, rejected: 0 };
const SELECT = `SELECT source, checkpoint, seen_to, newest, events, rejected FROM ${CATALOG}.sources ORDER BY source`;
const DELETE = `DELETE FROM ${CATALOG}.sources WHERE source IN (SELECT unnest($sources))`;
