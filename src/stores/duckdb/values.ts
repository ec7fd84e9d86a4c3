import { BIGINT, DuckDBBlobValue, DuckDBUUIDValue, LIST, UUID, VARCHAR, listValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBListValue, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { WhosawError } from '../../core/errors.ts';

export type Parameters = Readonly<Record<string, DuckDBValue>>;
export type Cells = readonly DuckDBValue[];

/** All rows of a statement. Everything that comes from outside is a named parameter (`$name`), never part of the text. */
export async function query(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters = {},
): Promise<readonly Cells[]> {
  const types: Record<string, DuckDBType> = {};
  for (const [name, value] of Object.entries(parameters)) {
    // Else it is a HUGEINT, and so is all that is calculated with it, at many times the cost.
    const type = typeof value === 'bigint' ? BIGINT : listType(value);
    if (type !== undefined) types[name] = type;
  }
  const reader = await connection.runAndReadAll(sql, { ...parameters }, types);
  return reader.getRows();
}

/** A text as SQL, where a statement takes no parameter: paths. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function textList(values: readonly string[]): DuckDBListValue {
  return listValue(values);
}

export function idList(ids: readonly string[]): DuckDBListValue {
  return listValue(ids.map(idValue));
}

/** 32 hex digits as DuckDB keeps them: 16 bytes. */
export function idValue(id: string): DuckDBUUIDValue {
  return DuckDBUUIDValue.fromUint128(BigInt(`0x${id}`));
}

export function idOf(value: DuckDBValue | undefined): string {
  if (value instanceof DuckDBUUIDValue) return value.toUint128().toString(16).padStart(32, '0');
  throw unexpected('an id', value);
}

export function textOf(value: DuckDBValue | undefined): string {
  if (typeof value === 'string') return value;
  throw unexpected('a text', value);
}

export function numberOf(value: DuckDBValue | undefined): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw unexpected('a number', value);
}

/** A number that a JavaScript number may not hold. */
export function wholeOf(value: DuckDBValue | undefined): bigint {
  if (typeof value === 'bigint') return value;
  throw unexpected('a whole number', value);
}

/** A number as DuckDB's BIGINT: a bound that lies outside of it becomes its end. */
export function bigintOf(value: number): bigint {
  return BigInt(Math.trunc(Math.min(Math.max(value, -LARGEST), LARGEST)));
}

export function bytesOf(value: DuckDBValue | undefined): Uint8Array {
  if (value instanceof DuckDBBlobValue) return value.bytes;
  throw unexpected('bytes', value);
}

export function isTrue(value: DuckDBValue | undefined): boolean {
  return value === true;
}

/** undefined for NULL, else what `read` makes of it. */
export function optional<T>(value: DuckDBValue | undefined, read: (value: DuckDBValue) => T): T | undefined {
  return value === null || value === undefined ? undefined : read(value);
}

/** The type of an empty list can't be seen from its items. */
function listType(value: DuckDBValue): DuckDBType | undefined {
  if (typeof value !== 'object' || value === null || !('items' in value) || !Array.isArray(value.items))
    return undefined;
  const first: unknown = value.items[0];
  if (typeof first === 'bigint') return LIST(BIGINT);
  return LIST(first instanceof DuckDBUUIDValue ? UUID : VARCHAR);
}

/** The largest double within 64 bits. */
const LARGEST = 2 ** 63 - 1024;

function unexpected(wanted: string, value: unknown): WhosawError {
  const found = value === null ? 'nothing' : typeof value;
  return new WhosawError('STORE_CORRUPT', `The store's file holds ${found} where ${wanted} belongs.`);
}
