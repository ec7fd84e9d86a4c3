import { idOf, type Random } from './random.ts';
import { fraction } from './time.ts';

const TENANT = '5a3c1f60-2b7e-4d19-9c84-0e6f7a8b9c10';
const SUBSCRIPTION = '8E2D4B60-71C3-4F5A-A9B8-1C0D2E3F4A5B';

export interface AzureIdentity {
  /** A managed identity's name, or a user principal name. */
  readonly name: string;
  /** Absent: a person. */
  readonly appId?: string;
  readonly address: string;
}

interface Call {
  readonly operation: string;
  readonly vault: string;
  /** `/secrets/db-password` */
  readonly path: string;
  readonly status: number;
  readonly signature: string;
  readonly description?: string;
}

/** What a diagnostic setting of Key Vault writes, a record a line. */
export class KeyVaultLog {
  readonly #random: Random;
  readonly #lines: { readonly at: number; readonly text: string }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  text(): string {
    const sorted = this.#lines.toSorted((one, other) => one.at - other.at);
    return sorted.map(({ text }) => `${text}\n`).join('');
  }

  /** The first request of every client has no token: the vault answers with a challenge. */
  handshake(at: number, who: AzureIdentity, vault: string, secret: string): void {
    const call = {
      operation: 'Authentication',
      vault,
      path: `/secrets/${secret}`,
      status: 401,
      signature: 'Unauthorized',
    };
    this.#add(at, who, call, { claim: {} });
  }

  read(at: number, who: AzureIdentity, vault: string, secret: string): void {
    const path = `/secrets/${secret}`;
    this.#add(at, who, { operation: 'SecretGet', vault, path, status: 200, signature: 'OK' });
  }

  unwrap(at: number, who: AzureIdentity, vault: string, key: string): void {
    const version = idOf(`${vault} ${key}`).replaceAll('-', '');
    const path = `/keys/${key}/${version}/unwrapkey`;
    this.#add(at, who, { operation: 'KeyUnwrap', vault, path, status: 200, signature: 'OK' });
  }

  list(at: number, who: AzureIdentity, vault: string): void {
    this.#add(at, who, { operation: 'SecretList', vault, path: '/secrets', status: 200, signature: 'OK' });
  }

  write(at: number, who: AzureIdentity, vault: string, secret: string): void {
    this.#add(at, who, { operation: 'SecretSet', vault, path: `/secrets/${secret}`, status: 200, signature: 'OK' });
  }

  missing(at: number, who: AzureIdentity, vault: string, secret: string): void {
    this.#add(at, who, {
      operation: 'SecretGet',
      vault,
      path: `/secrets/${secret}`,
      status: 404,
      signature: 'Not Found',
      description: `A secret with (name/id) ${secret} was not found in this key vault.`,
    });
  }

  denied(at: number, who: AzureIdentity, vault: string, secret: string): void {
    const description =
      'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
      'definitions were changed recently, please observe propagation time.\r\n' +
      `Caller: appid=${appOf(who)};oid=${idOf(`object ${who.name}`)}\r\n` +
      "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'";
    this.#add(at, who, {
      operation: 'SecretGet',
      vault,
      path: `/secrets/${secret}`,
      status: 403,
      signature: 'Forbidden',
      description,
    });
  }

  /** From the Activity Log: changes of diagnostic settings show nowhere else. */
  removeDiagnosticSetting(at: number, who: AzureIdentity, vault: string): void {
    const claims = {
      appid: appOf(who),
      'http://schemas.microsoft.com/identity/claims/objectidentifier': idOf(`object ${who.name}`),
      'http://schemas.microsoft.com/identity/claims/tenantid': TENANT,
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': who.name,
    };
    const record = {
      time: fraction(at, 7, this.#random),
      resourceId: `${resourceOf(vault)}/PROVIDERS/MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/AUDIT`,
      category: 'Administrative',
      operationName: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE',
      resultType: 'Success',
      resultSignature: 'OK',
      durationMs: '412',
      callerIpAddress: who.address,
      correlationId: this.#random.uuid(),
      identity: { claims },
      level: 'Information',
      location: 'global',
      properties: { statusCode: 'OK', httpStatusCode: 200 },
    };
    this.#lines.push({ at, text: JSON.stringify(record) });
  }

  #add(at: number, who: AzureIdentity, call: Call, identity: object = { claim: claimsOf(who) }): void {
    const { operation, vault, path, status, signature, description } = call;
    const uri = `https://${vault}.vault.azure.net${path}`;
    const record = {
      time: fraction(at, 7, this.#random),
      category: 'AuditEvent',
      operationName: operation,
      resultType: 'Success',
      ...(description === undefined ? {} : { resultDescription: description }),
      correlationId: this.#random.uuid(),
      callerIpAddress: who.address,
      identity,
      properties: {
        id: uri,
        clientInfo: who.appId === undefined ? 'AZURECLI/2.75.0' : 'azsdk-net-Security.KeyVault.Secrets/4.8.0',
        requestUri: `${uri}?api-version=7.6`,
        httpStatusCode: status,
        isAccessPolicyMatch: status !== 403,
        tlsVersion: 'TLS1_3',
      },
      resourceId: resourceOf(vault),
      operationVersion: '7.6',
      resultSignature: signature,
      durationMs: String(this.#random.int(9, 140)),
    };
    this.#lines.push({ at, text: JSON.stringify(record) });
  }
}

/** Id of the application: a managed identity's own; of people, that of the Azure command line. */
function appOf({ appId }: AzureIdentity): string {
  return appId ?? idOf('azure cli');
}

function claimsOf(who: AzureIdentity): Readonly<Record<string, unknown>> {
  const common = { oid: idOf(`object ${who.name}`), appid: appOf(who), iss: `https://sts.windows.net/${TENANT}/` };
  if (who.appId === undefined) {
    return {
      ...common,
      appidacr: '0',
      scp: 'user_impersonation',
      upn: who.name,
      unique_name: who.name,
      amr: 'pwd,mfa',
    };
  }
  const group = `/subscriptions/${SUBSCRIPTION.toLowerCase()}/resourcegroups/acme`;
  const resource = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${who.name}`;
  return { ...common, appidacr: '2', idtyp: 'app', xms_mirid: resource };
}

function resourceOf(vault: string): string {
  const group = `/SUBSCRIPTIONS/${SUBSCRIPTION}/RESOURCEGROUPS/ACME`;
  return `${group}/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/${vault.toUpperCase()}`;
}
