import type { SecretFields } from '../../core/event.ts';
import { isObject, objectAt, stringAt, stringsAt, type JsonObject } from '../../core/json.ts';

const SECRETS_MANAGER = 'secretsmanager.amazonaws.com';
const KMS = 'kms.amazonaws.com';
/** Records of no other source name a secret. */
export const SECRET_SOURCES: readonly string[] = [SECRETS_MANAGER, KMS];

/**
 * The secret that a record is about, looked for where CloudTrail may name it, the surest place first: what the caller
 * asked for, what the service answered, service events, resources, and the message of a denial (which comes without
 * request parameters). A KMS call names the secret that it decrypts for Secrets Manager.
 */
export function secretOf(record: JsonObject, eventSource: string, eventName: string): SecretFields | undefined {
  if (eventSource === KMS) return companionSecret(objectAt(record, 'requestParameters'));
  if (eventSource !== SECRETS_MANAGER || eventName === 'BatchGetSecretValue') return undefined;
  const named = namedSecret(record);
  return named === undefined ? undefined : secretFields(named, versionOf(record));
}

/**
 * Ids of the secrets that a BatchGetSecretValue lists, also when it is one: Secrets Manager logs a GetSecretValue for
 * each secret of a batch, and those are the reads. A batch by filters names no secret.
 */
export function batchOf(record: JsonObject, eventName: string): readonly string[] {
  if (eventName !== 'BatchGetSecretValue') return [];
  const ids = stringsAt(objectAt(record, 'requestParameters'), 'secretIdList');
  return ids.slice(0, BATCH_LIMIT).map((id) => secretFields(parseArn(id) ?? ownSecret(record, id)).id);
}

/** Secrets Manager takes no more. */
const BATCH_LIMIT = 20;

interface Named {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

function namedSecret(record: JsonObject): Named | undefined {
  const request = objectAt(record, 'requestParameters');
  const response = objectAt(record, 'responseElements');
  const additional = objectAt(record, 'additionalEventData');
  const name = stringAt(response, 'name') ?? stringAt(additional, 'Name');
  const asked = stringAt(request, 'secretId');
  if (asked !== undefined) return parseArn(asked, name) ?? ownSecret(record, asked);
  const arn = stringAt(response, 'arn') ?? stringAt(response, 'aRN') ?? stringAt(response, 'ARN');
  const answered = parseArn(arn, name) ?? named(record, stringAt(response, 'name') ?? stringAt(request, 'name'));
  if (answered !== undefined) return answered;
  const served = parseArn(stringAt(additional, 'ARN'), name) ?? named(record, stringAt(additional, 'SecretId') ?? name);
  return served ?? fromResources(record) ?? fromDenial(record);
}

/** `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX`; of an ARN in full the random suffix goes. */
function parseArn(arn: string | undefined, name?: string): Named | undefined {
  if (arn === undefined || !arn.startsWith('arn:')) return undefined;
  const [, , service, region, account, type, resource = '', ...more] = arn.split(':');
  if (service !== 'secretsmanager' || type !== 'secret' || resource === '' || more.length > 0) return undefined;
  if (region === undefined || account === undefined) return undefined;
  return { account, region, name: resource === name ? name : resource.replace(SUFFIX, '') };
}

const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** An ARN, or a plain name: that one is never stripped, because it may end like a suffix. */
function named(record: JsonObject, text: string | undefined): Named | undefined {
  return text === undefined ? undefined : (parseArn(text) ?? ownSecret(record, text));
}

/** A plain name means the caller's own account and region. */
function ownSecret(record: JsonObject, name: string): Named {
  const account = stringAt(record, 'recipientAccountId') ?? stringAt(objectAt(record, 'userIdentity'), 'accountId');
  return { account: account ?? 'unknown', region: stringAt(record, 'awsRegion') ?? 'unknown', name };
}

function fromResources(record: JsonObject): Named | undefined {
  const resources = record['resources'];
  if (!Array.isArray(resources)) return undefined;
  for (const resource of resources) {
    if (!isObject(resource)) continue;
    const found = parseArn(stringAt(resource, 'ARN') ?? stringAt(resource, 'arn'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `User: ... is not authorized to perform: ... on resource: NAME because ...` */
function fromDenial(record: JsonObject): Named | undefined {
  const resource = ON_RESOURCE.exec(stringAt(record, 'errorMessage') ?? '')?.[1];
  return resource === undefined || resource === '*' ? undefined : named(record, resource);
}

const ON_RESOURCE = / on resource: (\S{1,2100})(?: |$)/;

function companionSecret(request: JsonObject): SecretFields | undefined {
  const context = objectAt(request, 'encryptionContext');
  const named = parseArn(stringAt(context, 'SecretARN'));
  return named === undefined ? undefined : secretFields(named, stringAt(context, 'SecretVersionId'));
}

function versionOf(record: JsonObject): string | undefined {
  const request = objectAt(record, 'requestParameters');
  const asked = stringAt(request, 'versionId') ?? stringAt(request, 'versionStage');
  return asked ?? stringAt(objectAt(record, 'responseElements'), 'versionId');
}

function secretFields({ account, region, name }: Named, version?: string): SecretFields {
  const id = `aws:${account}/${region}/${name}`;
  return version === undefined
    ? { id, name, store: 'aws', kind: 'secret' }
    : { id, name, version, store: 'aws', kind: 'secret' };
}
