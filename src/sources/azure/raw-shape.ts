import { objectAt, stringAt, type JsonObject } from '../../core/json.ts';

/** One call of a vault, whichever shape of the log told of it. */
export interface VaultCall {
  /** Told by the Activity Log, which knows what is done to vaults, and not what is read from them. */
  readonly isActivity?: true;
  /** As the log wrote it; may be missing. */
  readonly time: string | undefined;
  readonly operation: string;
  readonly resourceId: string | undefined;
  /** `https://VAULT.vault.azure.net/secrets/NAME/VERSION`; missing for lists and most failures. */
  readonly objectId: string | undefined;
  readonly requestUri: string | undefined;
  readonly status: number | undefined;
  /** `OK`, `Forbidden`. */
  readonly signature: string | undefined;
  readonly description: string | undefined;
  readonly claims: JsonObject;
  readonly address: string | undefined;
  readonly client: string | undefined;
  readonly durationMs: number | undefined;
  readonly correlationId: string | undefined;
  readonly region: string | undefined;
}

/**
 * The shape of Event Hubs and Storage, or undefined where the record is none of a vault. Source:
 * https://learn.microsoft.com/azure/key-vault/general/logging
 */
export function readRaw(record: JsonObject): VaultCall | undefined {
  const operation = stringAt(record, 'operationName');
  const resourceId = stringAt(record, 'resourceId');
  const properties = objectAt(record, 'properties');
  if (operation === undefined || !isVault(record, resourceId)) return undefined;
  return {
    time: stringAt(record, 'time'),
    operation,
    resourceId,
    objectId: stringAt(properties, 'id'),
    requestUri: stringAt(properties, 'requestUri'),
    status: numberAt(properties, 'httpStatusCode'),
    signature: stringAt(record, 'resultSignature'),
    description: stringAt(record, 'resultDescription'),
    claims: claimsIn(objectAt(record, 'identity')),
    address: stringAt(record, 'callerIpAddress'),
    client: stringAt(properties, 'clientInfo'),
    durationMs: numberAt(record, 'durationMs'),
    correlationId: stringAt(record, 'correlationId'),
    region: stringAt(record, 'location'),
  };
}

/** AuditEvents say `claim`, the Activity Log `claims`. */
export function claimsIn(identity: JsonObject): JsonObject {
  return objectAt(identity, 'claim' in identity ? 'claim' : 'claims');
}

/** Other services have audit events as well, and all that go to one event hub come together. */
function isVault(record: JsonObject, resourceId: string | undefined): boolean {
  if (resourceId === undefined) return stringAt(record, 'category') === 'AuditEvent';
  return /\/microsoft\.keyvault\//i.test(resourceId);
}

/** A number, also where it is written as text; the same field changes its type from table to table. */
export function numberAt(parent: JsonObject, key: string): number | undefined {
  const value = parent[key];
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined;
}
