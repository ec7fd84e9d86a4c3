import type { AuditEvent, Outcome } from '../../core/event.ts';
import { objectAt, stringAt, type JsonObject } from '../../core/json.ts';

export interface Result {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly error?: NonNullable<AuditEvent['error']>;
}

/** CloudTrail writes an error only where there was one; sign-ins and service events say so in a field of their name. */
export function outcomeOf(record: JsonObject, eventName: string): Result {
  const code = errorCode(record);
  const message = stringAt(record, 'errorMessage');
  if (code === 'none') return SUCCESS;
  if (code === undefined && message === undefined) return isFailure(record, eventName) ? FAILURE : SUCCESS;
  const reason = reasonOf(code, message);
  const error = { ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message }) };
  return reason === undefined ? { outcome: 'failure', error } : { outcome: 'failure', reason, error };
}

const SUCCESS: Result = { outcome: 'success' };
const FAILURE: Result = { outcome: 'failure' };

/** Some services write the HTTP status of what went well. */
function errorCode(record: JsonObject): string | undefined {
  const value = record['errorCode'];
  if (value === undefined || value === null || value === '') return undefined;
  const code = typeof value === 'string' ? value : JSON.stringify(value);
  return /^(?:2\d\d|success)$/i.test(code) ? 'none' : code;
}

function isFailure(record: JsonObject, eventName: string): boolean {
  const said = objectAt(record, 'responseElements')[eventName] ?? objectAt(record, 'serviceEventDetails')[eventName];
  return said === 'Failure' || (record['eventType'] === 'AwsServiceEvent' && /(?:Failed|Abandoned)$/.test(eventName));
}

/** Why, in words that are the same for everybody who fails alike: no names of callers and resources. */
function reasonOf(code: string | undefined, message: string | undefined): string | undefined {
  const denial = message === undefined ? null : (NOT_ALLOWED.exec(message) ?? EXPLICIT_DENY.exec(message));
  return denial?.[1] ?? code ?? message;
}

const NOT_ALLOWED = / because (no [a-zA-Z -]{1,60} allows the [\w:*-]{1,200} action)/;
const EXPLICIT_DENY = / with (an explicit deny in an? [a-zA-Z -]{1,60}[a-zA-Z])/;
