import type { DuckDBConnection } from '@duckdb/node-api';
import type { Rejection } from '../../core/record.ts';
import { conflictOf, rejectedEventKey, rejectionKey } from '../rejections.ts';
import { decodeObservation } from './packed-batch.ts';
import type { PackedEvent } from './packed-batch.ts';
import { CATALOG, append } from './table.ts';
import { REJECTIONS } from './tables.ts';
import type { RejectionRow } from './tables.ts';
import { idList, idOf, query } from './values.ts';

/** Writes what is not stored yet, and gives back that. */
export async function writeRejections(
  connection: DuckDBConnection,
  rejections: readonly RejectionRow[],
): Promise<readonly RejectionRow[]> {
  const keys = rejections.flatMap(({ key }) => key ?? []);
  const rows = keys.length === 0 ? [] : await query(connection, SELECT, { keys: idList(keys) });
  const known = new Set(rows.map(([key]) => idOf(key)));
  const unknown = rejections.filter(({ key }) => key === undefined || (!known.has(key) && known.add(key)));
  await append(connection, REJECTIONS, unknown);
  return unknown;
}

export function rejectionRow(rejection: Rejection, appendedMs: number): RejectionRow {
  const { origin, reason, message, length, keys } = rejection;
  return {
    key: rejectionKey(rejection),
    source: origin.source,
    file: origin.file,
    offset: origin.offset,
    reason,
    message,
    length,
    keys,
    appendedMs,
  };
}

/** An event that contradicts the stored one of its id. */
export function conflictRow({ document, type, timeUs, appendedMs }: PackedEvent): RejectionRow {
  const observation = decodeObservation(document.toString(), type, timeUs);
  return { ...rejectionRow(conflictOf(observation), appendedMs), key: rejectedEventKey(observation, 'conflict') };
}

const SELECT = `SELECT key FROM ${CATALOG}.rejections WHERE key IN (SELECT unnest($keys))`;
