import type { Outcome } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import type { Access } from './access.ts';
import { isKmip, kmipStatuses } from './kmip.ts';

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
    return { outcome: unanswered ? 'unknown' : 'failure', reason: tidy(message), error: { message } };
  }
  if (unanswered) return { outcome: 'unknown', reason: 'no response was logged' };
  const response = objectAt(record, 'response');
  const data = objectAt(response, 'data');
  if (isKmip(record)) return kmipOutcome(data);
  const status = data['http_status_code'];
  if (typeof status === 'number' && status >= 400) {
    const reason = status === 404 ? 'not found' : `HTTP ${status}`;
    return { outcome: 'failure', reason, error: { code: String(status) } };
  }
  return answerOutcome(record, access, response, data);
}

const SUCCESS: Verdict = { outcome: 'success' };
const REFUSED: Verdict = { outcome: 'failure', reason: 'refused' };

function answerOutcome(record: JsonObject, access: Access, response: JsonObject, data: JsonObject): Verdict {
  if (Object.hasOwn(data, 'error') && (access.kind !== 'read' || Object.keys(data).length === 1)) return REFUSED;
  if (access.kind === 'login' && !isObject(response['auth']) && !isObject(response['wrap_info'])) {
    return { outcome: 'failure', reason: 'no token was issued' };
  }
  if (needsAnswer(record, access) && !hasAnswer(response)) return { outcome: 'failure', reason: 'not found' };
  return SUCCESS;
}

/** A read that gives nothing found nothing. */
function needsAnswer(record: JsonObject, access: Access): boolean {
  const operation = stringAt(objectAt(record, 'request'), 'operation');
  return access.kind === 'read' && access.secret !== undefined && operation === 'read';
}

function hasAnswer(response: JsonObject): boolean {
  return isObject(response['data']) || isObject(response['wrap_info']) || isObject(response['auth']);
}

function kmipOutcome(data: JsonObject): Verdict {
  const statuses = kmipStatuses(data);
  if (statuses.length === 0) return { outcome: 'unknown' };
  const failed = statuses.find((status) => Number(status) !== 0);
  if (failed === undefined) return SUCCESS;
  return { outcome: 'failure', reason: `KMIP result status ${failed}`, error: { code: failed } };
}

/** `1 error occurred:\n\t* permission denied\n\n` -> `permission denied`. */
function tidy(message: string): string {
  if (!message.includes('\n')) return message.trim() || message;
  const causes = message
    .replace(/^\d+ errors? occurred:/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s*/, '').trim())
    .filter((line) => line !== '');
  return causes.join('; ') || message.trim();
}
