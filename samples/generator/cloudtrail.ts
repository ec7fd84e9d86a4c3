import { idOf, Random } from './random.ts';
import { HOUR, seconds } from './time.ts';

export const PRODUCTION = '444455556666';
export const STAGING = '777788889999';
const REGION = 'eu-central-1';
const PERMISSION_SET = 'AWSReservedSSO_Developer_6f1d2c3b4a596877';

export interface AwsIdentity {
  readonly type: 'role' | 'sso' | 'user';
  /** The role, the person's email address, or the user. */
  readonly name: string;
  readonly account: string;
  readonly address: string;
}

interface Call {
  readonly source: string;
  readonly action: string;
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly readOnly: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

/** CloudTrail's log files of two accounts. */
export class CloudTrail {
  readonly #random: Random;
  readonly #records: { readonly at: number; readonly account: string; readonly record: object }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Path under AWSLogs' parent -> text. CloudTrail writes a file every five minutes; here one holds four hours. */
  files(): ReadonlyMap<string, string> {
    const files = new Map<string, object[]>();
    for (const { at, account, record } of this.#records.toSorted((one, other) => one.at - other.at)) {
      const path = pathOf(account, Math.floor(at / FILE_MS) * FILE_MS);
      files.set(path, [...(files.get(path) ?? []), record]);
    }
    return new Map([...files].map(([path, records]) => [path, JSON.stringify({ Records: records })]));
  }

  /** With the call of KMS that Secrets Manager makes in the reader's name. */
  read(at: number, who: AwsIdentity, secret: string): void {
    const arn = secretArn(who.account, secret);
    const source = 'secretsmanager.amazonaws.com';
    this.#add(at, who, { source, action: 'GetSecretValue', request: { secretId: arn }, readOnly: true });
    const request = {
      encryptionContext: { SecretARN: arn, SecretVersionId: idOf(`version of ${secret}`) },
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
    const companion = { source: 'kms.amazonaws.com', action: 'Decrypt', request, readOnly: true };
    this.#add(at, who, companion, 'secretsmanager.amazonaws.com');
  }

  deniedRead(at: number, who: AwsIdentity, secret: string): void {
    const action = 'secretsmanager:GetSecretValue';
    const message =
      `User: ${arnOf(who)} is not authorized to perform: ${action} on resource: ` +
      `${secretArn(who.account, secret)} because no identity-based policy allows the ${action} action`;
    const error = { code: 'AccessDenied', message };
    this.#add(at, who, {
      source: 'secretsmanager.amazonaws.com',
      action: 'GetSecretValue',
      request: null,
      readOnly: true,
      error,
    });
  }

  list(at: number, who: AwsIdentity): void {
    const request = { maxResults: 100 };
    this.#add(at, who, { source: 'secretsmanager.amazonaws.com', action: 'ListSecrets', request, readOnly: true });
  }

  write(at: number, who: AwsIdentity, secret: string): void {
    const request = { secretId: secretArn(who.account, secret), clientRequestToken: this.#random.uuid() };
    this.#add(at, who, { source: 'secretsmanager.amazonaws.com', action: 'PutSecretValue', request, readOnly: false });
  }

  trail(at: number, who: AwsIdentity, action: 'GetTrailStatus' | 'StopLogging'): void {
    const request = { name: `arn:aws:cloudtrail:${REGION}:${who.account}:trail/organization` };
    const readOnly = action === 'GetTrailStatus';
    this.#add(at, who, { source: 'cloudtrail.amazonaws.com', action, request, readOnly });
  }

  #add(at: number, who: AwsIdentity, call: Call, invokedBy?: string): void {
    const { source, action, request, readOnly, error } = call;
    const caller = invokedBy ?? who.address;
    const record = {
      eventVersion: '1.11',
      userIdentity: { ...identityOf(who, at), ...(invokedBy === undefined ? {} : { invokedBy }) },
      eventTime: seconds(at),
      eventSource: source,
      eventName: action,
      awsRegion: REGION,
      sourceIPAddress: caller,
      userAgent: invokedBy ?? (who.type === 'role' ? 'aws-sdk-go-v2/1.36.3 os/linux' : 'aws-cli/2.27.41'),
      ...(error === undefined ? {} : { errorCode: error.code, errorMessage: error.message }),
      requestParameters: request,
      responseElements: null,
      requestID: this.#random.uuid(),
      eventID: this.#random.uuid(),
      readOnly,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: who.account,
      eventCategory: 'Management',
    };
    this.#records.push({ at, account: who.account, record });
  }
}

const FILE_MS = 4 * HOUR;

function pathOf(account: string, at: number): string {
  const [day = '', time = ''] = seconds(at).split('T');
  const name = `${day.replaceAll('-', '')}T${time.slice(0, 5).replace(':', '')}Z`;
  const unique = new Random((Number(account) % 100_003) ^ (at / HOUR)).text(16, ALPHABET);
  const folder = `AWSLogs/${account}/CloudTrail/${REGION}/${day.replaceAll('-', '/')}`;
  return `${folder}/${account}_CloudTrail_${REGION}_${name}_${unique}.json`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function secretArn(account: string, secret: string): string {
  const suffix = idOf(`suffix ${account} ${secret}`).replaceAll('-', '').slice(0, 6);
  return `arn:aws:secretsmanager:${REGION}:${account}:secret:${secret}-${suffix}`;
}

function roleOf({ type, name }: AwsIdentity): string {
  return type === 'sso' ? PERMISSION_SET : name;
}

function sessionOf({ type, name }: AwsIdentity): string {
  return type === 'sso' ? name : `i-0${idOf(`instance ${name}`).replaceAll('-', '').slice(0, 16)}`;
}

function arnOf(who: AwsIdentity): string {
  if (who.type === 'user') return `arn:aws:iam::${who.account}:user/${who.name}`;
  return `arn:aws:sts::${who.account}:assumed-role/${roleOf(who)}/${sessionOf(who)}`;
}

function uniqueId(prefix: string, text: string): string {
  return `${prefix}${idOf(text).replaceAll('-', '').slice(0, 17).toUpperCase()}`;
}

function identityOf(who: AwsIdentity, at: number): Readonly<Record<string, unknown>> {
  const { type, name, account } = who;
  if (type === 'user') {
    const principalId = uniqueId('AIDA', `${account} ${name}`);
    return {
      type: 'IAMUser',
      principalId,
      arn: arnOf(who),
      accountId: account,
      accessKeyId: uniqueId('AKIA', name),
      userName: name,
    };
  }
  const role = roleOf(who);
  const principalId = uniqueId('AROA', `${account} ${role}`);
  const path = type === 'sso' ? `aws-reserved/sso.amazonaws.com/${REGION}/${role}` : role;
  const session = Math.floor(at / (6 * HOUR)) * 6 * HOUR;
  return {
    type: 'AssumedRole',
    principalId: `${principalId}:${sessionOf(who)}`,
    arn: arnOf(who),
    accountId: account,
    accessKeyId: uniqueId('ASIA', `${name} ${session}`),
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId,
        arn: `arn:aws:iam::${account}:role/${path}`,
        accountId: account,
        userName: role,
      },
      attributes: { creationDate: seconds(session), mfaAuthenticated: type === 'sso' ? 'true' : 'false' },
    },
  };
}
