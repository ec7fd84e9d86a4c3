import type { Outcome } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { Access } from './access.ts';

export interface Verdict {
  readonly outcome: Outcome;
  /** Why it was denied or failed. */
  readonly reason?: string;
  /** The vendor's own words. */
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** What became of a request. `""` in `error` (old versions) means none; a value that is not there is no success. */
export function outcomeOf(record: JsonObject, access: Access, unanswered: boolean): Verdict {
  const message = stringAt(record, 'error');
  if (message !== undefined) {
    const verdict = { reason: tidy(message), error: { message } };
    return { outcome: unanswered ? 'unknown' : 'failure', ...verdict };
  }
  if (unanswered) return { outcome: 'unknown', reason: 'no response was logged' };
  const response = objectAt(record, 'response');
  const data = objectAt(response, 'data');
  const status = data['http_status_code'];
  if (typeof status === 'number' && status >= 400) {
    return { outcome: 'failure', reason: status === 404 ? 'not found' : `HTTP ${status}`, error: { code: String(status) } };
  }
  if ('error' in data && access.kind !== 'read') return { outcome: 'failure', reason: 'refused' };
  if ('error' in data && Object.keys(data).length === 1) return { outcome: 'failure', reason: 'refused' };
  if (access.kind === 'login' && !isObject(response['auth']) && !isObject(response['wrap_info'])) return { outcome: 'failure', reason: 'no token was issued' };
  if (needsAnswer(record, access) && !hasAnswer(response)) return { outcome: 'failure', reason: 'not found' };
  return { outcome: 'success' };
}

/** A read that gives nothing found nothing. */
function needsAnswer(record: JsonObject, access: Access): boolean {
  const operation = stringAt(objectAt(record, 'request'), 'operation');
  return access.kind === 'read' && access.secret !== undefined && operation === 'read';
}

function hasAnswer(response: JsonObject): boolean {
  return isObject(response['data']) || isObject(response['wrap_info']) || isObject(response['auth']);
}

/** `1 error occurred:\n\t* permission denied\n\n` -> `permission denied`. */
function tidy(message: string): string {
  const causes = message
    .replace(/^\d+ errors? occurred:/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s*/, '').trim())
    .filter((line) => line !== '');
  return causes.join('; ') || message.trim();
}
