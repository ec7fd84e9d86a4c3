import { WhosawError } from '../../core/errors.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Answer, Call, Elastic } from './client.ts';

/** The body of an answer that must be yes; `also`: other statuses that are answers too. Throws what the no means. */
export async function ask<T = unknown>(elastic: Elastic, call: Call, also: readonly number[] = []): Promise<T> {
  const answer = await elastic.request<T>(call);
  if (answer.status < 300 || also.includes(answer.status)) return answer.body;
  throw refusal(answer, elastic, `${call.method} ${call.path}`);
}

/** 429 and 5xx, and what may be lifted by somebody else: the same call may succeed later. */
export function isRetryable(status: number): boolean {
  return status === 429 || status >= 500;
}

export function refusal({ status, body }: Answer, { address }: Elastic, what: string): WhosawError {
  const why = `${status}${typeOf(body) === undefined ? '' : ` ${typeOf(body)}`}`;
  if (status === 401) {
    return new WhosawError(
      'STORE_REFUSED',
      `Elasticsearch at ${address} does not know these credentials (401); check store.api_key.`,
    );
  }
  if (status === 403) {
    const message = `Elasticsearch at ${address} does not allow ${what} (${why}); check the role of store.api_key: see docs/elasticsearch.md.`;
    return new WhosawError('STORE_REFUSED', message);
  }
  if (isRetryable(status)) {
    const message = `Elasticsearch at ${address} is busy or broken (${why} to ${what}); look at its log.`;
    return new WhosawError('STORE_UNAVAILABLE', message, { retryable: true });
  }
  return new WhosawError('STORE_REFUSED', `Elasticsearch at ${address} refuses ${what} (${why}); ${hintOf(body)}.`);
}

/** `index_not_found_exception` of an error body; never its reason, which may quote values. */
export function typeOf(body: unknown): string | undefined {
  return isObject(body) ? stringAt(errorOf(body), 'type') : undefined;
}

function errorOf(body: JsonObject): JsonObject {
  return objectAt(body, 'error');
}

function hintOf(body: unknown): string {
  return typeOf(body) === 'index_not_found_exception'
    ? 'run `whosaw setup elasticsearch` first'
    : 'run `whosaw setup elasticsearch` again, and look at its log';
}
