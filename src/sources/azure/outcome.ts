import type { AuditEvent, Outcome } from '../../core/event.ts';
import type { Mutable } from '../../lib/mutable.ts';
import type { VaultCall } from './raw-shape.ts';

export interface Result {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly error?: NonNullable<AuditEvent['error']>;
}

/**
 * By status and signature, whichever says that it failed; `resultType` is "Success" for denied requests as well and
 * is never looked at. Where neither is there (notifications), nobody knows.
 */
export function outcomeOf(call: VaultCall): Result {
  const signature = call.signature?.toLowerCase().replaceAll(' ', '') ?? '';
  const isFailure = (call.status ?? 0) >= 400 || FAILURES.has(signature);
  if (!isFailure) return call.status !== undefined || SUCCESSES.has(signature) ? SUCCESS : UNKNOWN;
  const code = FAILURES.has(signature) ? call.signature : call.status === undefined ? undefined : String(call.status);
  const error: Mutable<NonNullable<AuditEvent['error']>> = {};
  if (code !== undefined) error.code = code;
  if (call.description !== undefined) error.message = call.description;
  const reason = reasonOf(call.description) ?? code;
  return reason === undefined ? { outcome: 'failure', error } : { outcome: 'failure', reason, error };
}

const SUCCESS: Result = { outcome: 'success' };
const UNKNOWN: Result = { outcome: 'unknown' };
const SUCCESSES: ReadonlySet<string> = new Set(['ok', 'accepted', 'created', 'nocontent']);
const FAILURES: ReadonlySet<string> = new Set(
  (
    'badrequest unauthorized forbidden notfound methodnotallowed notacceptable requesttimeout conflict gone ' +
    'preconditionfailed unsupportedmediatype unprocessableentity toomanyrequests failed failure ' +
    'internalservererror notimplemented badgateway serviceunavailable gatewaytimeout'
  ).split(' '),
);

/** Why, in words that are the same for everybody who fails alike: descriptions name callers, vaults and addresses. */
function reasonOf(description: string | undefined): string | undefined {
  if (description === undefined) return undefined;
  const missing = MISSING_PERMISSION.exec(description)?.[1];
  if (missing !== undefined) return `no ${missing}`;
  return REASONS.find(([pattern]) => pattern.test(description))?.[1];
}

const MISSING_PERMISSION = /does not have (\w{1,40} \w{1,40} permission)/;
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/not authorized to perform action/i, 'not authorized to perform this action'],
  [/client address is not authorized|client address .{1,80} is not authorized/i, 'client address is not authorized'],
  [/public network access is disabled/i, 'public network access is disabled'],
  [/not allowed on a disabled/i, 'the object is disabled'],
];
