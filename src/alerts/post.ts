import { WhosawError } from '../core/errors.ts';
import { escapeText } from '../lib/escape.ts';
import { REDACTED, scrubText } from '../lib/scrub.ts';
import type { SecretText } from '../lib/secret-text.ts';

const TIMEOUT_MS = 10_000;
const EXCERPT_LENGTH = 200;
const READ_LIMIT = 16_384;
const RETRY_AFTER_LIMIT_MS = 3_600_000;
/** These 4xx ask to come again. */
const RETRYABLE = new Set([408, 425, 429]);

export interface Post {
  readonly address: SecretText;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** The sink's name, for messages. */
  readonly sink: string;
  readonly timeoutMs?: number;
}

/**
 * Posts JSON. Redirects are not followed. Throws SINK_REFUSED (a 3xx or 4xx: never again) or SINK_UNAVAILABLE
 * (retryable). The address is in no message: it may be a secret.
 */
export async function post({ address, body, headers = {}, signal, sink, timeoutMs = TIMEOUT_MS }: Post): Promise<void> {
  let response: Response;
  try {
    response = await fetch(address.reveal(), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'whosaw', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (cause) {
    throw new WhosawError('SINK_UNAVAILABLE', `Sink ${sink} cannot be reached: ${reasonOf(cause)}.`, {
      retryable: true,
    });
  }
  if (response.ok) {
    // Accepted is accepted, whatever becomes of the rest of the answer.
    await response.body?.cancel().catch(() => undefined);
    return;
  }
  const said = await excerpt(response, address);
  const status = `Sink ${sink} answered ${response.status}${said}`;
  if (response.status >= 500 || RETRYABLE.has(response.status)) {
    throw new WhosawError('SINK_UNAVAILABLE', status, { retryable: true, retryAfterMs: retryAfter(response) });
  }
  throw new WhosawError('SINK_REFUSED', status);
}

/** A network error's code; its message may hold the address. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown error';
  if (cause.name === 'TimeoutError') return 'no answer in time';
  if (cause.name === 'AbortError') return 'stopped';
  const inner = cause.cause;
  return inner instanceof Error && 'code' in inner ? String(inner.code) : 'network error';
}

/** The beginning of what the receiver said, without our address and without credentials. */
async function excerpt(response: Response, address: SecretText): Promise<string> {
  const text = await beginning(response).catch(() => '');
  const { href, pathname } = new URL(address.reveal());
  const ours = [address.reveal(), href, ...(pathname.length > 1 ? [pathname] : [])];
  const clean = scrubText(ours.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text));
  return clean === '' ? '' : `: ${escapeText(clean.slice(0, EXCERPT_LENGTH))}`;
}

async function beginning({ body }: Response): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > READ_LIMIT) break;
  }
  return text.slice(0, READ_LIMIT);
}

/** Seconds or a date. */
function retryAfter({ headers }: Response): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_LIMIT_MS);
}
