import type { JsonObject } from '../../core/json.ts';
import { readActivity, readActivityRow } from './activity-shape.ts';
import { readRaw, type VaultCall } from './raw-shape.ts';
import { readRow } from './table-shape.ts';

/** A record of any shape of the log, or undefined where it is none of a vault. */
export function readCall(record: JsonObject): VaultCall | undefined {
  if ('TimeGenerated' in record) return readRow(record) ?? readActivityRow(record);
  return readActivity(record) ?? readRaw(record);
}
