import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { SOURCE_TYPES, type RawRecord, type SourceType } from '../../src/core/record.ts';
import { FORMATS } from '../../src/sources/formats.ts';

function actorOf(type: SourceType, record: JsonObject): string | undefined {
  const raw: RawRecord = {
    type,
    origin: { source: 's', offset: 0 },
    record,
    text: JSON.stringify(record),
    seen: '2026-02-01T00:00:00Z',
    ...(type === 'vault' ? { cluster: 'eu' } : {}),
  };
  const normalized = FORMATS[type].normalize(raw);
  return normalized.ok ? normalized.value.event.whosaw.actor?.id : undefined;
}

const vault = (auth: JsonObject): JsonObject => ({
  time: '2026-01-15T12:00:00Z',
  type: 'response',
  auth,
  request: {
    id: 'r1',
    operation: 'read',
    mount_point: 'secret/',
    mount_type: 'kv',
    path: 'secret/data/a',
    client_token: auth['client_token'],
    client_token_accessor: auth['accessor'],
  },
  response: { data: {} },
});
const token = (number: number): JsonObject => ({
  client_token: `hmac-sha256:${String(number).repeat(64)}`,
  accessor: `hmac-sha256:${String(number + 1).repeat(64)}`,
  token_issue_time: `2026-01-1${number}T00:00:00Z`,
});
const trail = (userIdentity: JsonObject): JsonObject => ({
  eventTime: '2026-01-15T12:00:00Z',
  eventID: 'e1',
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: 'GetSecretValue',
  recipientAccountId: '111122223333',
  awsRegion: 'eu-central-1',
  requestParameters: { secretId: 'a' },
  userIdentity: { accountId: '111122223333', ...userIdentity },
});
const session = (number: number): JsonObject => ({
  type: 'AssumedRole',
  arn: `arn:aws:sts::111122223333:assumed-role/payments-api/i-0${number}`,
  principalId: `AROAEXAMPLE:i-0${number}`,
  accessKeyId: `ASIAEXAMPLE${number}`,
  sessionContext: {
    sessionIssuer: { type: 'Role', userName: 'payments-api' },
    attributes: { creationDate: `2026-01-1${number}` },
  },
});
const keyVault = (claim: JsonObject): JsonObject => ({
  time: '2026-01-15T12:00:00Z',
  operationName: 'SecretGet',
  resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V',
  properties: { id: 'https://v.vault.azure.net/secrets/a', httpStatusCode: 200 },
  identity: { claim: { iss: 'https://sts.windows.net/5a3c1f60-0000-4000-8000-000000000001/', ...claim } },
});

/** The same caller before and after its credentials were changed: `with` puts the number of the credential in. */
const CALLERS: readonly (readonly [string, SourceType, (number: number) => JsonObject, string])[] = [
  [
    'another token of the same login',
    'vault',
    (number) => vault({ ...token(number), display_name: 'userpass-ana', metadata: { username: 'ana' } }),
    'vault:eu/userpass/ana',
  ],
  [
    'another secret id of the same role',
    'vault',
    (number) =>
      vault({
        ...token(number),
        display_name: 'approle',
        metadata: { role_name: 'payments-api', secret_id: `${number}` },
      }),
    'vault:eu/approle/payments-api',
  ],
  [
    'another token without a login',
    'vault',
    (number) => vault({ ...token(number), display_name: 'token-deploy' }),
    'vault:eu/token/token-deploy',
  ],
  [
    'another access key of the same user',
    'cloudtrail',
    (number) =>
      trail({
        type: 'IAMUser',
        userName: 'backup',
        principalId: 'AIDAEXAMPLE',
        arn: 'arn:aws:iam::111122223333:user/backup',
        accessKeyId: `AKIAEXAMPLE${number}`,
      }),
    'aws:111122223333/user/backup',
  ],
  [
    'another session of the same role',
    'cloudtrail',
    (number) => trail(session(number)),
    'aws:111122223333/role/payments-api',
  ],
  [
    'another access key of the root user',
    'cloudtrail',
    (number) => trail({ type: 'Root', arn: 'arn:aws:iam::111122223333:root', accessKeyId: `AKIAEXAMPLE${number}` }),
    'aws:111122223333/root',
  ],
  [
    'another secret or certificate of the same application',
    'keyvault',
    (number) =>
      keyVault({
        appid: 'A03E6B40',
        oid: 'b1',
        idtyp: 'app',
        appidacr: `${number}`,
        uti: `token-${number}`,
        xms_az_rid: 'x',
      }),
    'azure:5a3c1f60-0000-4000-8000-000000000001/app/a03e6b40',
  ],
  [
    'another token of the same person',
    'keyvault',
    (number) => keyVault({ upn: 'ana@acme.example', oid: 'c1', uti: `token-${number}`, scp: 'user_impersonation' }),
    'person:ana@acme.example',
  ],
];

describe('the rotation of a key is no new identity', () => {
  it.each(CALLERS)('%s', (_, type, recordWith, actor) => {
    expect([1, 2].map((number) => actorOf(type, recordWith(number)))).toEqual([actor, actor]);
  });

  it('of any store', () => {
    expect(new Set(CALLERS.map(([, type]) => type))).toEqual(new Set(SOURCE_TYPES));
  });
});
