import { isObject } from '../../core/json.ts';
import { scrubText } from '../../lib/scrub.ts';
import type { Trouble } from '../streams/attempts.ts';

/** What was asked: `cloudtrail:LookupEvents` on `account 444455556666 in eu-central-1`. */
export interface AwsCall {
  readonly action: string;
  readonly resource: string;
}

/** An error of the AWS SDK in words: which action on which resource, and what to do. Codes of credentials and throttling
 *  are those of https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html and its kin. */
export function explainAwsError(error: unknown, call: AwsCall): Trouble {
  const { name, message, status, retryAfterMs, network } = readError(error);
  const where = `${call.action} on ${call.resource}`;
  if (THROTTLED.test(name) || status === 429) {
    return { kind: 'busy', message: `AWS throttles ${where}; goes on more slowly.`, retryAfterMs };
  }
  if (EXPIRED.test(name)) {
    return { kind: 'away', message: `The AWS credentials for ${where} have expired; renew them where they come from.` };
  }
  if (SKEWED.test(name) || /^Signature (?:expired|not yet current)/i.test(message)) {
    return { kind: 'away', message: `AWS refuses ${where} because this machine's clock is wrong; set it.` };
  }
  if (NO_CREDENTIALS.test(name)) {
    return {
      kind: 'refused',
      message: `There are no AWS credentials for ${where}: set AWS_PROFILE, a role of the machine, or the AWS_ variables.`,
    };
  }
  if (BAD_CREDENTIALS.test(name)) {
    return { kind: 'refused', message: `AWS does not know the credentials for ${where} (${name}); check them.` };
  }
  if (DENIED.test(name) || status === 403 || status === 401) {
    const told = NOT_AUTHORIZED.exec(message);
    const action = told?.[1] ?? call.action;
    const resource = told?.[2] ?? call.resource;
    return { kind: 'refused', message: `AWS denies ${action} on ${resource}: give the permission to this identity.` };
  }
  if (MISSING.test(name) || network === 'ENOTFOUND') {
    return { kind: 'refused', message: `${where}: AWS knows no such place (${network ?? name}); check the config.` };
  }
  if (status === undefined || status < 400 || status >= 500) {
    return { kind: 'away', message: `AWS does not answer ${where} (${network ?? name}); tries again.`, retryAfterMs };
  }
  return { kind: 'refused', message: `AWS refuses ${where}: ${name}: ${scrubText(message.slice(0, EXCERPT_LENGTH))}` };
}

/** Credentials have to be asked for anew. */
export function isExpired(error: unknown): boolean {
  return EXPIRED.test(readError(error).name);
}

export function nameOf(error: unknown): string {
  return readError(error).name;
}

const THROTTLED = /throttl|toomanyrequests|slowdown|requestlimitexceeded|bandwidthlimit|prioritization/i;
const EXPIRED = /^ExpiredToken|^TokenRefreshRequired$|^CredentialsExpired/;
const SKEWED = /^RequestTimeTooSkewed$|^RequestExpired$|^RequestInTheFuture$/;
const NO_CREDENTIALS = /^CredentialsProviderError$|^TokenProviderError$/;
const BAD_CREDENTIALS =
  /^InvalidClientTokenId$|^UnrecognizedClientException$|^InvalidAccessKeyId$|^SignatureDoesNotMatch$|^InvalidSignatureException$|^AuthFailure$|^InvalidToken$|^MissingAuthenticationToken/;
const DENIED = /^AccessDenied|^Forbidden$|^UnauthorizedOperation$|^NotAuthorized|^AuthorizationError$/;
const MISSING = /^NoSuchBucket$|QueueDoesNotExist|NonExistentQueue|^PermanentRedirect$|^NotFound$|^NoSuchEntity/;
const NOT_AUTHORIZED = /not authorized to perform: ([\w-]{1,40}:\w{1,60})(?: on resource: "?([^\s"]{1,300}[^\s".]))?/;
const EXCERPT_LENGTH = 200;

interface ReadError {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** A network error's code. */
  readonly network: string | undefined;
}

function readError(error: unknown): ReadError {
  if (!(error instanceof Error)) return { ...NOTHING, name: 'UnknownError' };
  const { $metadata: metadata, $response: response, code } = error as AwsError;
  const status =
    isObject(metadata) && typeof metadata['httpStatusCode'] === 'number' ? metadata['httpStatusCode'] : undefined;
  const retryAfter = Number(response?.headers?.['retry-after'] ?? NaN);
  return {
    name: error.name,
    message: error.message,
    status,
    retryAfterMs: Number.isFinite(retryAfter) ? Math.min(retryAfter * 1_000, RETRY_AFTER_LIMIT_MS) : undefined,
    network: typeof code === 'string' ? code : undefined,
  };
}

interface AwsError extends Error {
  readonly $metadata?: unknown;
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly code?: unknown;
}

const RETRY_AFTER_LIMIT_MS = 300_000;
const NOTHING: ReadError = { name: '', message: '', status: undefined, retryAfterMs: undefined, network: undefined };
