import { objectAt, stringAt, type JsonObject } from '../../core/json.ts';
import { claimsIn, type VaultCall } from './raw-shape.ts';
import { dynamicAt } from './table-shape.ts';

/**
 * An operation on a vault in the Activity Log, as Event Hubs and Storage give it, or undefined where it is none. Source:
 * https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
 */
export function readActivity(record: JsonObject): VaultCall | undefined {
  const operation = stringAt(record, 'operationName');
  // Vaults tell of changes to their own diagnostic settings as well.
  if (record['category'] === 'AuditEvent') return undefined;
  if (operation === undefined || !OPERATION.test(operation)) return undefined;
  const properties = objectAt(record, 'properties');
  return {
    isActivity: true,
    time: stringAt(record, 'time') ?? stringAt(record, 'eventTimestamp'),
    operation,
    resourceId: stringAt(record, 'resourceId'),
    objectId: undefined,
    requestUri: undefined,
    status: statusOf(stringAt(properties, 'statusCode')),
    signature: signatureOf(stringAt(record, 'resultType') ?? stringAt(record, 'resultSignature')),
    description: stringAt(properties, 'statusMessage') ?? stringAt(record, 'resultDescription'),
    claims: claimsIn(objectAt(record, 'identity')),
    address: stringAt(record, 'callerIpAddress'),
    client: undefined,
    durationMs: undefined,
    correlationId: stringAt(record, 'eventDataId') ?? stringAt(properties, 'eventDataId') ?? stepOf(record),
    region: stringAt(record, 'location'),
  };
}

/** The same as a row of the table AzureActivity. Source: https://learn.microsoft.com/azure/azure-monitor/reference/tables/azureactivity */
export function readActivityRow(row: JsonObject): VaultCall | undefined {
  const operation = stringAt(row, 'OperationNameValue');
  const time = stringAt(row, 'TimeGenerated');
  if (operation === undefined || time === undefined || !OPERATION.test(operation)) return undefined;
  const properties = dynamicAt(row, 'Properties_d' in row ? 'Properties_d' : 'Properties');
  const claims = dynamicAt(row, 'Claims_d' in row ? 'Claims_d' : 'Claims');
  return {
    isActivity: true,
    time,
    operation,
    resourceId: stringAt(row, '_ResourceId') ?? stringAt(row, 'ResourceId'),
    objectId: undefined,
    requestUri: undefined,
    status: statusOf(stringAt(properties, 'statusCode') ?? stringAt(row, 'ActivitySubstatusValue')),
    signature: signatureOf(stringAt(row, 'ActivityStatusValue')),
    description: stringAt(properties, 'statusMessage'),
    claims: Object.keys(claims).length > 0 ? claims : callerClaims(stringAt(row, 'Caller')),
    address: stringAt(row, 'CallerIpAddress'),
    client: undefined,
    durationMs: undefined,
    correlationId: stringAt(row, 'EventDataId') ?? stringAt(row, 'CorrelationId'),
    region: undefined,
  };
}

const OPERATION = /^microsoft\.keyvault\/|^microsoft\.insights\/diagnosticsettings\//i;

/** A name of an HTTP status, or its number. */
function statusOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{3}$/.test(text)
    ? Number(text)
    : text === undefined
      ? undefined
      : STATUSES.get(text);
}

const STATUSES: ReadonlyMap<string, number> = new Map([
  ['OK', 200],
  ['Created', 201],
  ['Accepted', 202],
  ['NoContent', 204],
  ['BadRequest', 400],
  ['Unauthorized', 401],
  ['Forbidden', 403],
  ['NotFound', 404],
  ['Conflict', 409],
]);

/** `Start` says nothing of the end; `Success`, `Succeeded` and `Failure` do. */
function signatureOf(status: string | undefined): string | undefined {
  if (status === undefined || /^(?:start|started|accept|accepted|in progress|inprogress)$/i.test(status))
    return undefined;
  return /^succe/i.test(status) ? 'OK' : status;
}

/** One operation is told of when it begins and when it ends: told apart by what became of it. */
function stepOf(record: JsonObject): string | undefined {
  const id = stringAt(record, 'correlationId');
  return id === undefined ? undefined : `${id}/${stringAt(record, 'resultType') ?? ''}`;
}

function callerClaims(caller: string | undefined): JsonObject {
  if (caller === undefined) return {};
  return caller.includes('@') ? { upn: caller } : { appid: caller, idtyp: 'app' };
}
