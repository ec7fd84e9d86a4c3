import type { DuckDBConnection } from '@duckdb/node-api';
import { BLOCK_BYTES, BLOCK_DOCUMENTS, BlockPacker } from './documents.ts';
import type { PackedEvent } from './packed-batch.ts';
import { CATALOG, append } from './table.ts';
import { DOCUMENTS, EVENTS } from './tables.ts';
import type { EventRow } from './tables.ts';
import { numberOf, query } from './values.ts';

/** Writes events and their documents. */
export class EventWriter {
  readonly #connection: DuckDBConnection;
  readonly #packer = new BlockPacker();
  #nextBlock: number;

  private constructor(connection: DuckDBConnection, nextBlock: number) {
    this.#connection = connection;
    this.#nextBlock = nextBlock;
  }

  static async open(connection: DuckDBConnection): Promise<EventWriter> {
    const [row] = await query(connection, `SELECT coalesce(max(block), 0) + 1 FROM ${CATALOG}.documents`);
    return new EventWriter(connection, numberOf(row?.[0]));
  }

  async write(events: readonly PackedEvent[]): Promise<void> {
    const rows: EventRow[] = [];
    const blocks: { block: number; data: Uint8Array }[] = [];
    let open: Buffer[] = [];
    let bytes = 0;
    const close = (): void => {
      if (open.length > 0) blocks.push({ block: this.#nextBlock++, data: this.#packer.pack(open) });
      open = [];
      bytes = 0;
    };
    for (const event of events) {
      const { document } = event;
      if (open.length === BLOCK_DOCUMENTS || bytes + document.length > BLOCK_BYTES) close();
      rows.push({ event, block: this.#nextBlock, slot: open.length });
      open.push(document);
      bytes += document.length;
    }
    close();
    await append(this.#connection, DOCUMENTS, blocks);
    await append(this.#connection, EVENTS, rows);
  }
}
