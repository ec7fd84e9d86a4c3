import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isObject } from '../../core/json.ts';

/** An entry of Vault's KMIP engine: the message as a tree of {tag, type, value}. */
export function isKmip(entry: JsonObject): boolean {
  return entry['type'] === 'kmip-response' || entry['type'] === 'kmip-request';
}

/** How one operation of a KMIP message came out: an enumeration, and nobody's secret. Zero is success. */
export function isKmipStatus(node: JsonObject, entry: JsonObject): boolean {
  return (
    node['tag'] === 'ResultStatus' &&
    isKmip(entry) &&
    node['type'] === 'Enumeration' &&
    typeof node['value'] === 'string' &&
    /^0x0{7}[0-9a-f]$/i.test(node['value']) &&
    Object.keys(node).length === 3
  );
}

/** The statuses of a message's operations: `0x00000000` is success. */
export function kmipStatuses(node: JsonValue | undefined): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(kmipStatuses);
  if (!isObject(node)) return [];
  if (node['tag'] === 'ResultStatus') return typeof node['value'] === 'string' ? [node['value']] : [];
  return Object.values(node).flatMap(kmipStatuses);
}
