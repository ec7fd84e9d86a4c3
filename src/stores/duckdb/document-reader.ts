import { listValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { WhosawError } from '../../core/errors.ts';
import { unpackBlock } from './documents.ts';
import type { SealedDocuments, SealedPlace } from './sealed-documents.ts';
import { nameOf } from './sealed-folder.ts';
import type { EventSource } from './stored-events.ts';
import { CATALOG } from './table.ts';
import { bytesOf, numberOf, optional, query, textOf } from './values.ts';

/** Events and their documents, by one connection. */
export interface EventReader extends EventSource {
  readonly documents: SealedDocuments;
}

/** Where a document is: number of its block and its place in there, or in a sealed file. */
export type DocumentPlace = BlockPlace | SealedPlace;

interface BlockPlace {
  readonly timeUs: number;
  readonly block: number;
  readonly slot: number;
}

/** The columns that say where a document is, and what `placeOf` reads of them. */
export const PLACE_COLUMNS = 'block, slot, file, row';

export function placeOf(timeUs: number, [block, slot, file, row]: readonly DuckDBValue[]): DocumentPlace {
  const sealed = optional(file, textOf);
  if (sealed !== undefined) return { timeUs, file: sealed, row: numberOf(row) };
  return { timeUs, block: numberOf(block), slot: numberOf(slot) };
}

/**
 * The documents of these places, in their order; `atOnce` blocks, each about half a megabyte, are in memory.
 */
export async function* documentsOf(
  { connection, documents }: EventReader,
  places: readonly DocumentPlace[],
  atOnce: number,
): AsyncGenerator<Buffer, void, undefined> {
  let blocks = new Map<number, readonly Buffer[]>();
  let sealed: Sealed = new Map();
  for (const [index, place] of places.entries()) {
    if ('file' in place) {
      if (sealed.get(place.file)?.has(place.row) !== true) {
        sealed = await readSealed(documents, places.slice(index));
      }
      yield present(sealed.get(place.file)?.get(place.row), `row ${place.row} of ${nameOf(place.file)}`);
    } else {
      const { block, slot } = place;
      if (!blocks.has(block)) blocks = await readBlocks(connection, nextBlocks(places, index, atOnce));
      yield present(blocks.get(block)?.[slot], `document ${slot} in block ${block}`);
    }
  }
}

type Sealed = ReadonlyMap<string, ReadonlyMap<number, Buffer>>;

/** Those of the places that come first, by file. */
async function readSealed(documents: SealedDocuments, places: readonly DocumentPlace[]): Promise<Sealed> {
  const waiting = places.filter((place) => 'file' in place);
  const all = Map.groupBy(waiting, ({ file }) => file);
  const files = new Map<string, ReadonlyMap<number, Buffer>>();
  for (const [file, next] of Map.groupBy(waiting.slice(0, SEALED_AT_ONCE), ({ file }) => file)) {
    files.set(file, await documents.read(next, all.get(file)?.length ?? 0));
  }
  return files;
}

function present(document: Buffer | undefined, what: string): Buffer {
  if (document !== undefined) return document;
  throw new WhosawError('STORE_CORRUPT', `The store has no ${what}: put back a copy of it.`);
}

/** The blocks that the places from `start` on need first. */
function nextBlocks(places: readonly DocumentPlace[], start: number, atOnce: number): readonly number[] {
  const blocks = new Set<number>();
  for (let index = start; index < places.length && blocks.size < atOnce; index++) {
    const place = places[index];
    if (place !== undefined && 'block' in place) blocks.add(place.block);
  }
  return [...blocks];
}

async function readBlocks(
  connection: DuckDBConnection,
  numbers: readonly number[],
): Promise<Map<number, readonly Buffer[]>> {
  const rows = await query(connection, SELECT_BLOCKS, {
    from: BigInt(Math.min(...numbers)),
    to: BigInt(Math.max(...numbers)),
    blocks: listValue(numbers.map(BigInt)),
  });
  return new Map(rows.map(([block, data]) => [numberOf(block), unpackBlock(bytesOf(data))]));
}

/** Sealed documents in memory. */
const SEALED_AT_ONCE = 256;
const SELECT_BLOCKS = `
  SELECT block, data FROM ${CATALOG}.documents
  WHERE block BETWEEN $from AND $to AND block IN (SELECT unnest($blocks))`;
