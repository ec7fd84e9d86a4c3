import { listValue } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { WhosawError } from '../../core/errors.ts';
import { unpackBlock } from './documents.ts';
import { CATALOG } from './table.ts';
import { bytesOf, numberOf, query } from './values.ts';

/** Where a document is: number of its block, and its place in there. */
export interface DocumentPlace {
  readonly block: number;
  readonly slot: number;
}

/** The documents of these places, in their order; `atOnce` blocks, each about half a megabyte, are in memory. */
export async function* documentsOf(
  connection: DuckDBConnection,
  places: readonly DocumentPlace[],
  atOnce: number,
): AsyncGenerator<Buffer, void, undefined> {
  let blocks = new Map<number, readonly Buffer[]>();
  for (const [index, { block, slot }] of places.entries()) {
    if (!blocks.has(block)) blocks = await readBlocks(connection, nextBlocks(places, index, atOnce));
    const document = blocks.get(block)?.[slot];
    if (document === undefined) {
      throw new WhosawError('STORE_CORRUPT', `The store's file has no document ${slot} in block ${block}.`);
    }
    yield document;
  }
}

/** The blocks that the places from `start` on need first. */
function nextBlocks(places: readonly DocumentPlace[], start: number, atOnce: number): readonly number[] {
  const blocks = new Set<number>();
  for (let index = start; index < places.length && blocks.size < atOnce; index++) {
    const block = places[index]?.block;
    if (block !== undefined) blocks.add(block);
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

const SELECT_BLOCKS = `
  SELECT block, data FROM ${CATALOG}.documents
  WHERE block BETWEEN $from AND $to AND block IN (SELECT unnest($blocks))`;
