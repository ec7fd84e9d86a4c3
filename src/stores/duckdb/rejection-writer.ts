import type { DuckDBConnection } from '@duckdb/node-api';
import type { Rejection } from '../../core/record.ts';
import { id128 } from '../../lib/hash.ts';
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

/** The same place with the same reason is the same rejection. What has no place can't be told from another one. */
export function rejectionRow(rejection: Rejection, appendedMs: number): RejectionRow {
  const { origin, reason, message, length, keys } = rejection;
  const hasPlace = origin.file !== undefined || origin.offset !== undefined;
  const place = [origin.source, origin.file ?? null, origin.offset ?? null, reason];
  return {
    key: hasPlace ? id128(JSON.stringify(place)) : undefined,
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
  const { event, record, text } = decodeObservation(document.toString(), type, timeUs);
  const rejection: Rejection = {
    origin: event.whosaw.origin,
    reason: 'conflict',
    message: 'The same id as a stored event, with another actor, secret or outcome.',
    length: Buffer.byteLength(text),
    keys: Object.keys(record),
  };
  const row = rejectionRow(rejection, appendedMs);
  return { ...row, key: row.key ?? id128(JSON.stringify([row.source, row.reason, event.event.id])) };
}

const SELECT = `SELECT key FROM ${CATALOG}.rejections WHERE key IN (SELECT unnest($keys))`;
