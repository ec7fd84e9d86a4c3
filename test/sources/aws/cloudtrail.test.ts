import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { RawRecord } from '../../../src/core/record.ts';
import { cloudtrail } from '../../../src/sources/aws/cloudtrail.ts';
import { golden, goldenCases, SEEN, takeAll } from '../golden.ts';

const raw = (record: JsonObject): RawRecord => ({
  type: 'cloudtrail',
  origin: { source: 'trail' },
  record,
  text: JSON.stringify(record),
  seen: SEEN,
});
const call = (more: JsonObject): JsonObject => ({
  eventTime: '2026-03-02T08:15:30Z',
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: 'GetSecretValue',
  recipientAccountId: '111122223333',
  awsRegion: 'eu-central-1',
  ...more,
});
const normalize = (more: JsonObject) => {
  const result = cloudtrail.normalize(raw(call(more)));
  return result.ok ? result.value.event : undefined;
};
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret';

describe('golden files', () => {
  it.each(goldenCases('aws'))('$name', ({ file, input, expectedPath }) => {
    expect(golden(cloudtrail, input, file)).toEqual(JSON.parse(readFileSync(expectedPath, 'utf8')));
  });
});

describe('the secret', () => {
  it.each<[string, JsonObject, string]>([
    ['of an ARN, without its suffix', { requestParameters: { secretId: `${ARN}:a/b-c-AbCdEf` } }, 'a/b-c'],
    ['of a plain name that ends like a suffix', { requestParameters: { secretId: 'db-master' } }, 'db-master'],
    ['of an ARN without a suffix', { requestParameters: { secretId: `${ARN}:a/b` } }, 'a/b'],
    [
      'of something like an ARN',
      { requestParameters: { secretId: 'arn:aws:ssm:x:1:parameter/a' } },
      'arn:aws:ssm:x:1:parameter/a',
    ],
    ['of an ARN without a name', { requestParameters: { secretId: `${ARN}:` } }, `${ARN}:`],
    [
      'of an answer before resources',
      { responseElements: { arn: `${ARN}:a-AbCdEf` }, resources: [{ ARN: `${ARN}:b-AbCdEf` }] },
      'a',
    ],
    [
      'of the request before everything',
      { requestParameters: { secretId: 'a' }, responseElements: { arn: `${ARN}:b-AbCdEf` } },
      'a',
    ],
    ['of an answer in the old spelling', { responseElements: { aRN: `${ARN}:a-AbCdEf` } }, 'a'],
    ['of an answer that has only a name', { responseElements: { name: 'db-master' } }, 'db-master'],
    ['of a request that names a new one', { requestParameters: { name: 'db-master' } }, 'db-master'],
    ['of a service event', { additionalEventData: { ARN: `${ARN}:a-AbCdEf`, Name: 'a' } }, 'a'],
    ['of a service event that has only a name', { additionalEventData: { Name: 'db-master' } }, 'db-master'],
    ['of a rotation', { additionalEventData: { SecretId: `${ARN}:a-AbCdEf` } }, 'a'],
    ['of resources', { resources: ['x', { ARN: 'arn:aws:kms:x:1:key/1' }, { ARN: `${ARN}:a-AbCdEf` }] }, 'a'],
    [
      'of a denial',
      { errorMessage: 'User: x is not authorized to perform: y on resource: a/b because no policy' },
      'a/b',
    ],
    [
      'of a denial that ends with it',
      { errorMessage: `User: x is not authorized to perform: y on resource: ${ARN}:a-AbCdEf` },
      'a',
    ],
  ])('%s', (_name, more, name) => {
    expect(normalize(more)?.whosaw.secret).toMatchObject({ id: `aws:111122223333/eu-central-1/${name}`, name });
  });

  it.each<[string, JsonObject]>([
    ['where none is named', {}],
    ['in a denial of everything', { errorMessage: 'User: x is not authorized to perform: y on resource: * because z' }],
    ['of another service', { eventSource: 'ssm.amazonaws.com', requestParameters: { secretId: 'a' } }],
    ['of a batch', { eventName: 'BatchGetSecretValue', requestParameters: { secretIdList: ['a'] } }],
    [
      'of a key alone',
      { eventSource: 'kms.amazonaws.com', requestParameters: { encryptionContext: { SecretARN: 'x' } } },
    ],
    ['of parameters of another type', { requestParameters: 'secretId=a', resources: 'x', responseElements: ['arn'] }],
  ])('is not guessed %s', (_name, more) => {
    expect(normalize(more)?.whosaw.secret).toBeUndefined();
  });

  it('is in an unknown account and region where the record has none', () => {
    const secretId = { requestParameters: { secretId: 'a' } };
    expect(normalize({ ...secretId, recipientAccountId: '', awsRegion: null })?.whosaw.secret?.id).toBe(
      'aws:unknown/unknown/a',
    );
  });

  it('lists at most what a batch may hold', () => {
    const secretIdList = Array.from({ length: 50 }, (_, index) => `s${index}`);
    const event = normalize({ eventName: 'BatchGetSecretValue', requestParameters: { secretIdList } });
    expect(event?.whosaw.batch?.secrets).toHaveLength(20);
  });
});

describe('what a call does', () => {
  it.each([
    ['secretsmanager', 'GetSecretValue', 'read'],
    ['secretsmanager', 'BatchGetSecretValue', 'read'],
    ['secretsmanager', 'DescribeSecret', 'list'],
    ['secretsmanager', 'ListSecretVersionIds', 'list'],
    ['secretsmanager', 'GetRandomPassword', undefined],
    ['secretsmanager', 'UpdateSecretVersionStage', 'write'],
    ['secretsmanager', 'DeleteSecret', 'delete'],
    ['secretsmanager', 'ReplicateSecretToRegions', 'admin'],
    ['secretsmanager', 'DeleteResourcePolicy', 'admin'],
    ['secretsmanager', 'UntagResource', 'admin'],
    ['sts', 'AssumeRoleWithSAML', 'login'],
    ['sts', 'GetSessionToken', 'login'],
    ['sts', 'GetCallerIdentity', undefined],
    ['signin', 'ConsoleLogin', 'login'],
    ['cloudtrail', 'DeleteTrail', 'audit'],
    ['cloudtrail', 'PutEventSelectors', 'audit'],
    ['cloudtrail', 'LookupEvents', undefined],
    ['iam', 'CreateAccessKey', 'admin'],
    ['iam', 'ListUsers', undefined],
    ['kms', 'Decrypt', undefined],
    ['s3', 'GetSecretValue', undefined],
    ['secretsmanager', 'constructor', undefined],
    ['secretsmanager', '__proto__', undefined],
  ])('%s %s: %s', (service, eventName, kind) => {
    expect(normalize({ eventSource: `${service}.amazonaws.com`, eventName })?.whosaw.access.kind).toBe(kind);
  });
});

describe('the result', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['without an error', {}, { outcome: 'success' }],
    ['with nulls', { errorCode: null, errorMessage: null }, { outcome: 'success' }],
    ['with an HTTP status of success', { errorCode: '200', errorMessage: 'ok' }, { outcome: 'success' }],
    ['with a code alone', { errorCode: 'ThrottlingException' }, { outcome: 'failure', reason: 'ThrottlingException' }],
    ['with a number for a code', { errorCode: 403 }, { outcome: 'failure', reason: '403' }],
    ['with a message alone', { errorMessage: 'no' }, { outcome: 'failure', reason: 'no' }],
    [
      'of a missing permission',
      {
        errorCode: 'AccessDenied',
        errorMessage:
          'User: a is not authorized to perform: b:C on resource: d because no permissions boundary allows the b:C action',
      },
      { outcome: 'failure', reason: 'no permissions boundary allows the b:C action' },
    ],
    [
      'of an explicit deny',
      {
        errorCode: 'AccessDenied',
        errorMessage:
          'User: a is not authorized to perform: b:C on resource: d with an explicit deny in a service control policy: arn:aws:x',
      },
      { outcome: 'failure', reason: 'an explicit deny in a service control policy' },
    ],
    [
      'of a sign-in',
      { eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Failure' } },
      { outcome: 'failure' },
    ],
    [
      'of an aborted rotation',
      { eventName: 'RotationAbandoned', eventType: 'AwsServiceEvent' },
      { outcome: 'failure' },
    ],
    [
      'of a call that is only named like one',
      { eventName: 'ListFailed', eventType: 'AwsApiCall' },
      { outcome: 'success' },
    ],
  ])('%s', (_name, more, expected) => {
    expect(normalize(more)?.event).toMatchObject(expected);
  });
});

describe('laws', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const record = fc.record(
    {
      eventTime: fc.constantFrom('2026-03-02T08:15:30Z', 'x', 1),
      eventName: fc.constantFrom('GetSecretValue', 'BatchGetSecretValue', 'Decrypt', ''),
      eventSource: fc.constantFrom('secretsmanager.amazonaws.com', 'kms.amazonaws.com', 'iam.amazonaws.com'),
      userIdentity: fc.oneof(
        json,
        fc.record({ type: fc.constantFrom('AssumedRole', 'IAMUser', 'AWSAccount', 'x'), arn: json }),
      ),
      requestParameters: json,
      responseElements: json,
      additionalEventData: json,
      resources: json,
      errorMessage: json,
      errorCode: json,
      sourceIPAddress: json,
    },
    { requiredKeys: [] },
  );

  it('no record makes it throw, and the same record is the same event', () => {
    const law = fc.property(record, (value) => {
      const text = JSON.stringify(value);
      const first = takeAll(cloudtrail, Buffer.from(text), 'a.json');
      expect(first.observations.length + first.rejections.length).toBe(1);
      expect(takeAll(cloudtrail, Buffer.from(text), 'a.json')).toEqual(first);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it('what is under a secret name never comes out', () => {
    const name = fc.constantFrom(
      'password',
      'SecretString',
      'secret_binary',
      'sessionToken',
      'x-amz-security-token',
      'Authorization',
    );
    const part = fc.constantFrom('requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails');
    const wrap = fc.constantFrom<(value: JsonObject) => JsonObject>(
      (value) => value,
      (value) => ({ a: [{ b: value }] }),
      (value) => ({ body: JSON.stringify(value) }),
    );
    const law = fc.property(
      name,
      part,
      wrap,
      fc.constantFrom('"', '', ' x', '\\', '🔑'),
      (key, where, inside, more) => {
        const text = JSON.stringify(call({ [where]: inside({ [key]: `canary${more}canary` }) }));
        const taken = takeAll(cloudtrail, Buffer.from(text), 'a.json');
        expect(taken.raws).toHaveLength(1);
        expect(JSON.stringify(taken)).not.toContain('canary');
      },
    );
    fc.assert(law, { numRuns: 300 });
  });

  it('a record over 16 MB is passed over', () => {
    const long = JSON.stringify(call({ requestParameters: { a: 'x'.repeat(17 << 20) } }));
    const { raws, rejections } = takeAll(
      cloudtrail,
      Buffer.from(`{"Records":[${long},${JSON.stringify(call({}))}]}`),
      'a.json',
    );
    expect(raws).toHaveLength(1);
    expect(rejections).toMatchObject([{ reason: 'too-long', length: long.length }]);
  });

  it('a record without secrets keeps its text', () => {
    const text = ` {"eventName": "x","eventSource":"y" ,"requestParameters":{"n":1.0}} `;
    expect(takeAll(cloudtrail, Buffer.from(text), 'a.json').raws[0]?.text).toBe(text.trim());
  });
});
