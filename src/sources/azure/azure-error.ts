import { scrubText } from '../../lib/scrub.ts';
import type { Trouble } from '../streams/attempts.ts';

export interface AzureCall {
  readonly action: string;
  readonly resource: string;
}

/** An error of an Azure SDK, or of `fetch`, in words: which action on which resource, and what to do. */
export function explainAzureError(error: unknown, { action, resource }: AzureCall): Trouble {
  const { name, code, message, status, retryAfterMs } = readError(error);
  const where = `${action} on ${resource}`;
  if (status === 429) return { kind: 'busy', message: `Azure throttles ${where}; goes on more slowly.`, retryAfterMs };
  if (name === 'CredentialUnavailableError') {
    return {
      kind: 'refused',
      message: `There are no Azure credentials for ${where}: set the AZURE_ variables, or give the machine an identity.`,
    };
  }
  if (name === 'AuthenticationError' || name === 'AggregateAuthenticationError' || status === 401) {
    return { kind: 'refused', message: `Azure does not know the credentials for ${where}; check or renew them.` };
  }
  if (status === 403) {
    return { kind: 'refused', message: `Azure denies ${where}: give the role to this identity.` };
  }
  if (status === 404 || code === 'WorkspaceNotFoundError' || code === 'PathNotFoundError' || code === 'ENOTFOUND') {
    return { kind: 'refused', message: `${where}: Azure knows no such place; check the config.` };
  }
  if (status === undefined || status < 400 || status >= 500) {
    return {
      kind: 'away',
      message: `Azure does not answer ${where} (${code ?? status ?? name}); tries again.`,
      retryAfterMs,
    };
  }
  return {
    kind: 'refused',
    message: `Azure refuses ${where}: ${code ?? name}: ${scrubText(message.slice(0, EXCERPT_LENGTH))}`,
  };
}

export function codeOfAzure(error: unknown): string | undefined {
  return readError(error).code;
}

const EXCERPT_LENGTH = 200;
const RETRY_AFTER_LIMIT_MS = 300_000;

interface ReadError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

function readError(error: unknown): ReadError {
  if (!(error instanceof Error))
    return { name: 'UnknownError', code: undefined, message: '', status: undefined, retryAfterMs: undefined };
  const { name, message, cause } = error;
  const { code, statusCode, response } = error as AzureError;
  const inner = cause instanceof Error ? (cause as AzureError).code : undefined;
  const after = Number(response?.headers?.get('retry-after') ?? NaN);
  return {
    name,
    message,
    code: typeof code === 'string' ? code : typeof inner === 'string' ? inner : undefined,
    status: typeof statusCode === 'number' ? statusCode : undefined,
    retryAfterMs: Number.isFinite(after) ? Math.min(after * 1_000, RETRY_AFTER_LIMIT_MS) : undefined,
  };
}

interface AzureError extends Error {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}
