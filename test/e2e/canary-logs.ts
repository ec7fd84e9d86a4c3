/** In every place where a value or token can stand: none of these may ever be seen again. */
export const CANARY = /canary|73194625801|918273\.645/i;
const TEXT = 'CANARY-value';
const NUMBER = 73_194_625_801;
const FRACTION = 918_273.645;
const TOKEN = `hvs.CANARY${'x'.repeat(24)}`;
const BATCH_TOKEN = `hvb.CANARY${'x'.repeat(60)}`;
const OLD_TOKEN = `s.CANARY${'X'.repeat(24)}`;
const WEB_TOKEN = 'eyJCANARYheader.eyJCANARYpayload.CANARYsignature';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----';

/** What has to stay, because joins and answers need it. */
export const HMAC = 'hmac-sha256:00112233445566778899aabbccddeeff';
export const SECRETS = [
  'vault:vault/secret/production/db-password',
  'aws:111122223333/eu-central-1/production/db-password',
  'azure:payments-prod/secrets/db-password',
] as const;

const VALUES = {
  password: TEXT,
  port: NUMBER,
  ratio: FRACTION,
  nested: { list: [TEXT, NUMBER, { deep: TEXT, json: JSON.stringify({ password: TEXT }) }] },
  pem: PEM,
};

/** As `log_raw=true` writes it, and worse. `time`: RFC 3339. */
export function vaultCanaries(time: string): string {
  const auth = {
    client_token: TOKEN,
    accessor: 'CANARYaccessor000000000',
    display_name: 'approle-payments-api',
    policies: ['default'],
    metadata: { role_name: 'payments-api', secret_id: TEXT, password: TEXT },
    token_type: 'service',
    entity_id: 'e-1',
    unknown_to_us: TEXT,
  };
  const request = (id: string) => ({
    id,
    operation: 'read',
    mount_point: 'secret/',
    mount_type: 'kv',
    client_token: TOKEN,
    client_token_accessor: 'CANARYaccessor000000000',
    path: 'secret/data/production/db-password',
    remote_address: '10.0.1.42',
    data: { ...VALUES, version: HMAC, token: TOKEN },
    headers: {
      authorization: [`Bearer ${WEB_TOKEN}`],
      'x-vault-token': [TOKEN],
      cookie: ['session=CANARY'],
      'user-agent': ['curl/8'],
    },
    request_uri: `/v1/secret/data/production/db-password?token=${TOKEN}&version=CANARY#CANARY`,
    unknown_to_us: { deep: TEXT },
  });
  const response = {
    mount_type: 'kv',
    data: { data: VALUES, metadata: { version: 3 }, kept: HMAC },
    auth: { ...auth, client_token: BATCH_TOKEN },
    secret: { lease_id: 'database/creds/x/1', private: TEXT },
    wrap_info: {
      ttl: 60,
      token: TOKEN,
      accessor: 'CANARYaccessor',
      creation_time: time,
      creation_path: 'secret/data/production/db-password',
      wrapped_accessor: 'CANARYaccessor',
    },
    redirect: `https://acme.example/cb?code=CANARY&token=${TOKEN}`,
    headers: { 'set-cookie': ['CANARY'] },
    warnings: [`the token ${OLD_TOKEN} is old`, 'password=CANARY is weak'],
  };
  const errors = [
    `1 error occurred: bad token ${TOKEN}`,
    `cannot parse {"password":"${TEXT}"}`,
    `connect postgres://admin:CANARY@db.example:5432`,
    `Authorization: Bearer ${WEB_TOKEN}`,
    PEM,
  ];
  const lines: object[] = [
    { time, type: 'request', auth, request: request('v-0') },
    ...Array.from({ length: 9 }, (_, index) => ({
      time,
      type: 'response',
      auth,
      request: request(`v-${index}`),
      response,
    })),
    ...errors.map((error, index) => ({ time, type: 'response', auth, request: request(`e-${index}`), error })),
    // Rejected: without a time, or not an entry at all.
    { type: 'response', auth, request: request('r-0'), response },
    { time, type: 'response', secret: TEXT, [TOKEN]: TOKEN },
  ];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"time":"${time}","request":{"data":{"password":"${TEXT}"\nCANARY ${TOKEN}\n`;
}

export function cloudTrailCanaries(time: string): string {
  const record = (id: number, more: object): object => ({
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:session',
      arn: 'arn:aws:sts::111122223333:assumed-role/payments/session',
      accountId: '111122223333',
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      sessionContext: { sessionIssuer: { type: 'Role', userName: 'payments', accountId: '111122223333' } },
    },
    eventTime: time,
    eventSource: 'secretsmanager.amazonaws.com',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '198.51.100.24',
    userAgent: `sdk password=CANARY`,
    eventID: `00000000-0000-4000-8000-00000000000${id}`,
    recipientAccountId: '111122223333',
    ...more,
  });
  const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:production/db-password-AbCdEf';
  const records = [
    record(1, { eventName: 'GetSecretValue', requestParameters: { secretId: arn, sessionToken: TEXT } }),
    record(2, {
      eventName: 'PutSecretValue',
      requestParameters: {
        secretId: arn,
        secretString: TEXT,
        SecretBinary: TEXT,
        secretBinary: [NUMBER],
        clientRequestToken: 'EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE',
        nested: { password: NUMBER, Password: { deep: TEXT } },
        environment: [{ name: 'DB_PASSWORD', value: TEXT }],
      },
      responseElements: { SecretString: TEXT, plaintext: TEXT, privateKey: PEM },
    }),
    record(3, {
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/payments', webIdentityToken: WEB_TOKEN },
      responseElements: {
        credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPL2', secretAccessKey: TEXT, sessionToken: TEXT },
      },
      additionalEventData: { note: `Bearer ${WEB_TOKEN}`, url: 'https://u:CANARY@h.example/?token=CANARY' },
    }),
    record(4, {
      eventName: 'GetSecretValue',
      requestParameters: null,
      errorCode: 'AccessDenied',
      errorMessage: `token="CANARY" for {\\"secretString\\":\\"${TEXT}\\"} ${TOKEN}`,
    }),
    // Rejected: without a time.
    { ...record(5, { eventName: 'PutSecretValue', requestParameters: { secretString: TEXT } }), eventTime: TEXT },
  ];
  return JSON.stringify({ Records: records });
}

export function keyVaultCanaries(time: string): string {
  const record = (id: number, more: object): object => ({
    time,
    category: 'AuditEvent',
    operationName: 'SecretGet',
    resultType: 'Success',
    resultSignature: 'OK',
    durationMs: '78',
    correlationId: `00000000-0000-4000-8000-00000000005${id}`,
    callerIpAddress: '203.0.113.9',
    identity: {
      claim: {
        oid: '33333333-aaaa-4bbb-8ccc-000000000003',
        appid: '22222222-aaaa-4bbb-8ccc-000000000002',
        iss: 'https://sts.windows.net/11111111-aaaa-4bbb-8ccc-000000000001/',
      },
    },
    resourceId:
      '/SUBSCRIPTIONS/44444444-AAAA-4BBB-8CCC-000000000004/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/PAYMENTS-PROD',
    ...more,
  });
  const id = 'https://payments-prod.vault.azure.net/secrets/db-password';
  const properties = {
    id,
    requestUri: `${id}?api-version=7.4&sig=CANARY&access_token=${WEB_TOKEN}`,
    httpStatusCode: 200,
  };
  return [
    record(1, { properties: { ...properties, clientInfo: 'sdk password=CANARY' } }),
    record(2, {
      operationName: 'SecretSet',
      properties: { ...properties, secretValue: TEXT, password: NUMBER, privateKey: PEM, token: { deep: TEXT } },
    }),
    record(3, {
      resultDescription: `Bearer ${WEB_TOKEN} was refused; client_secret=CANARY`,
      resultSignature: 'Forbidden',
      properties: { ...properties, httpStatusCode: 403 },
    }),
    { ...record(4, { properties: { ...properties, secretValue: TEXT } }), time: TEXT },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
