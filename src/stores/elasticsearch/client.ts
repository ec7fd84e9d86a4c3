import { Client, errors } from '@elastic/elasticsearch';
import { WhosawError } from '../../core/errors.ts';
import type { SecretText } from '../../lib/secret-text.ts';

/** How a server is reached. */
export interface ElasticOptions {
  /** http or https, one of them is enough. */
  readonly urls: readonly string[];
  readonly auth?: { readonly apiKey: SecretText } | { readonly user: string; readonly password: SecretText };
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca?: string;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** Lines of an NDJSON body, without their ends. */
  readonly lines?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Ask as any HTTP client would: a server of another major version refuses the headers of this one. */
  readonly plain?: boolean;
}

/** What the server said, also where it said no: nothing but silence is an error here. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
}

export interface Elastic {
  /** For messages: without credentials. */
  readonly address: string;
  /** Throws STORE_UNAVAILABLE (retryable) where nobody answers, STORE_REFUSED where it is no Elasticsearch. */
  request<T = unknown>(call: Call): Promise<Answer<T>>;
  close(): Promise<void>;
}

/** Major version of the client: it must not exceed the server's. */
export const CLIENT_MAJOR = 9;

const TIMEOUT_MS = 60_000;
/** Longer answers are asked for in smaller parts; see `isTooLarge`. */
const ANSWER_LIMIT_BYTES = 192 << 20;

/** The one place that knows the client. It never tries again by itself: see bulk.ts, and those who ask. */
export function connectElastic({ urls, auth, ca }: ElasticOptions): Elastic {
  const client = new Client({
    nodes: [...urls],
    maxRetries: 0,
    requestTimeout: TIMEOUT_MS,
    maxResponseSize: ANSWER_LIMIT_BYTES,
    // Records may have a key `__proto__`; JSON.parse makes it an ordinary one.
    disablePrototypePoisoningProtection: true,
    redaction: { type: 'remove' },
    enableMetaHeader: false,
    ...(auth === undefined ? {} : { auth: authOf(auth) }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  const address = urls.map((url) => new URL(url).origin).join(', ');
  return {
    address,
    request: <T>(call: Call) => request<T>(client, call, address),
    close: () => client.close(),
  };
}

/** The answer would be longer than the client takes. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof WhosawError && error.cause instanceof errors.RequestAbortedError;
}

type Auth = NonNullable<ElasticOptions['auth']>;

function authOf(auth: Auth): { apiKey: string } | { username: string; password: string } {
  return 'apiKey' in auth
    ? { apiKey: auth.apiKey.reveal() }
    : { username: auth.user, password: auth.password.reveal() };
}

async function request<T>(client: Client, call: Call, address: string): Promise<Answer<T>> {
  const { method, path, query, body, lines, signal, timeoutMs, plain } = call;
  try {
    const { statusCode, body: answer } = await client.transport.request<T>(
      {
        method,
        path,
        ...(query === undefined ? {} : { querystring: { ...query } }),
        ...(body === undefined ? {} : { body: { ...body } }),
        ...(lines === undefined ? {} : { bulkBody: [...lines] }),
      },
      {
        meta: true,
        ...(signal === undefined ? {} : { signal }),
        ...(timeoutMs === undefined ? {} : { requestTimeout: timeoutMs }),
        ...(plain === true ? { headers: { accept: 'application/json' } } : {}),
      },
    );
    return { status: statusCode, body: answer };
  } catch (error) {
    if (error instanceof errors.ResponseError) return { status: error.statusCode ?? 0, body: error.body as T };
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof errors.ProductNotSupportedError) {
      throw new WhosawError('STORE_REFUSED', `What answers at ${address} is no Elasticsearch; check store.url.`);
    }
    throw new WhosawError(
      'STORE_UNAVAILABLE',
      `Elasticsearch at ${address} cannot be reached (${reasonOf(error)}); check store.url, and that it runs.`,
      { cause: error, retryable: true },
    );
  }
}

/** In a few words: the client's messages are long, and may quote the request. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const text = `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`;
  const code = /\b(E[A-Z]{4,}|UND_ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*|ERR_TLS[A-Z_]*)\b/.exec(text)?.[0];
  if (code !== undefined) return code;
  if (/self.signed|certificate/i.test(text)) return 'its certificate is not trusted: see store.ca';
  return error.name === 'TimeoutError' ? 'no answer in time' : error.name;
}
