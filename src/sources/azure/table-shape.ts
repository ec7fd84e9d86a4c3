import { isObject, stringAt, type JsonObject } from '../../core/json.ts';
import { claimsIn, numberAt, type VaultCall } from './raw-shape.ts';

/**
 * A row of a Log Analytics workspace, or undefined where it is none of a vault. Sources:
 * https://learn.microsoft.com/azure/azure-monitor/reference/tables/azurediagnostics,
 * https://learn.microsoft.com/azure/azure-monitor/reference/tables/azkvauditlogs
 */
export function readRow(row: JsonObject): VaultCall | undefined {
  const operation = stringAt(row, 'OperationName');
  if (operation === undefined || stringAt(row, 'TimeGenerated') === undefined) return undefined;
  if (isDiagnostics(row)) return readDiagnostics(row, operation);
  return isAuditLog(row) ? readAuditLog(row, operation) : undefined;
}

function isDiagnostics(row: JsonObject): boolean {
  const resource = stringAt(row, 'ResourceId') ?? stringAt(row, '_ResourceId') ?? '';
  return (
    stringAt(row, 'ResourceProvider')?.toUpperCase() === 'MICROSOFT.KEYVAULT' ||
    ('Category' in row && VAULT.test(resource))
  );
}

function isAuditLog(row: JsonObject): boolean {
  return row['Type'] === 'AZKVAuditLogs' || ('HttpStatusCode' in row && VAULT.test(stringAt(row, '_ResourceId') ?? ''));
}

const VAULT = /\/microsoft\.keyvault\//i;

/** Nested names are joined by `_`, with the type behind them; which columns there are depends on what was seen before. */
function readDiagnostics(row: JsonObject, operation: string): VaultCall {
  const typed = (name: string): string | undefined => stringAt(row, `${name}_s`) ?? stringAt(row, `${name}_g`);
  return {
    time: stringAt(row, 'TimeGenerated'),
    operation,
    resourceId: stringAt(row, 'ResourceId') ?? stringAt(row, '_ResourceId'),
    objectId: typed('id'),
    requestUri: typed('requestUri'),
    status: numberAt(row, 'httpStatusCode_d'),
    signature: stringAt(row, 'ResultSignature'),
    description: stringAt(row, 'ResultDescription'),
    claims: diagnosticsClaims(typed),
    address: stringAt(row, 'CallerIPAddress'),
    client: typed('clientInfo'),
    durationMs: numberAt(row, 'DurationMs'),
    correlationId: stringAt(row, 'CorrelationId'),
    region: stringAt(row, 'Location'),
  };
}

/** Columns of the claims that say who called; control-plane claims have the names of URIs. */
const CLAIMS: Readonly<Record<string, string>> = {
  oid: 'oid',
  appid: 'appid',
  azp: 'azp',
  upn: 'upn',
  unique_name: 'unique_name',
  scp: 'scp',
  idtyp: 'idtyp',
  iss: 'iss',
  tid: 'tid',
  xms_mirid: 'xms_mirid',
  http_schemas_microsoft_com_identity_claims_objectidentifier:
    'http://schemas.microsoft.com/identity/claims/objectidentifier',
  http_schemas_microsoft_com_identity_claims_tenantid: 'http://schemas.microsoft.com/identity/claims/tenantid',
  http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  http_schemas_xmlsoap_org_ws_2005_05_identity_claims_name:
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
};

function diagnosticsClaims(typed: (name: string) => string | undefined): JsonObject {
  const claims: Record<string, string> = {};
  for (const [column, claim] of Object.entries(CLAIMS)) {
    const value = typed(`identity_claim_${column}`);
    if (value !== undefined) claims[claim] = value;
  }
  return claims;
}

function readAuditLog(row: JsonObject, operation: string): VaultCall {
  return {
    time: stringAt(row, 'TimeGenerated'),
    operation,
    resourceId: stringAt(row, '_ResourceId'),
    objectId: stringAt(row, 'Id'),
    requestUri: stringAt(row, 'RequestUri'),
    status: numberAt(row, 'HttpStatusCode'),
    signature: stringAt(row, 'ResultSignature'),
    description: stringAt(row, 'ResultDescription'),
    claims: claimsIn(dynamicAt(row, 'Identity')),
    address: stringAt(row, 'CallerIpAddress'),
    client: stringAt(row, 'ClientInfo'),
    durationMs: numberAt(row, 'DurationMs'),
    correlationId: stringAt(row, 'CorrelationId'),
    region: undefined,
  };
}

/** A dynamic column comes as an object, or as its JSON text. */
export function dynamicAt(row: JsonObject, key: string): JsonObject {
  const value = row[key];
  if (isObject(value)) return value;
  if (typeof value !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
