import type { ActorKind, AuditEvent } from '../../core/event.ts';
import { objectAt, stringAt, type JsonObject } from '../../core/json.ts';
import { asEmail } from '../../lib/email.ts';
import type { Mutable } from '../../lib/mutable.ts';

export interface Who {
  readonly actor?: { readonly id: string; readonly kind: ActorKind };
  readonly user?: NonNullable<AuditEvent['user']>;
}

/**
 * Who called: the person where one is known, never the access key or the session. A role session is a person's where
 * it carries a source identity, belongs to an IAM Identity Center role, or is named like an email address; whoever
 * may assume a role chooses the session's name, so `user.roles` says which role it was. Every other session is the role.
 */
export function whoOf(record: JsonObject): Who {
  const identity = objectAt(record, 'userIdentity');
  const arn = parseArn(stringAt(identity, 'arn'));
  const account = stringAt(identity, 'accountId') ?? arn.account ?? stringAt(record, 'recipientAccountId') ?? 'unknown';
  const caller: Caller = { record, identity, arn, account, name: userName(identity) };
  return whoByType(caller, stringAt(identity, 'type') ?? '');
}

/** Of a sign-in with an unknown name CloudTrail does not tell the name: people type passwords there. */
function userName(identity: JsonObject): string | undefined {
  const name = stringAt(identity, 'userName');
  return name === 'HIDDEN_DUE_TO_SECURITY_REASONS' ? undefined : name;
}

interface Caller {
  readonly record: JsonObject;
  readonly identity: JsonObject;
  readonly arn: Arn;
  readonly account: string;
  readonly name: string | undefined;
}

function whoByType(caller: Caller, type: string): Who {
  switch (type) {
    case 'IAMUser':
      return user(caller);
    case 'AssumedRole':
      return session(caller);
    case 'Role':
      return role(caller, caller.name ?? caller.arn.name ?? principal(caller));
    case 'Root':
      return root(caller);
    case 'AWSService':
      return service(caller);
    case 'FederatedUser':
      return federated(caller, caller.arn.name ?? afterColon(caller), 'unknown');
    case 'WebIdentityUser':
      return federated(caller, caller.name, 'unknown');
    case 'SAMLUser':
    case 'Directory':
      return federated(caller, caller.name, 'person');
    case 'IdentityCenterUser':
      return identityCenter(caller);
    case 'AWSAccount':
      return otherAccount(caller);
    default:
      return whoByArn(caller);
  }
}

/** `Unknown`, types that do not exist yet, and service events, which have no type. */
function whoByArn(caller: Caller): Who {
  switch (caller.arn.kind) {
    case 'assumed-role':
      return session(caller);
    case 'user':
      return user(caller);
    case 'role':
      return role(caller, caller.arn.name ?? principal(caller));
    case 'federated-user':
      return federated(caller, caller.arn.name, 'unknown');
    case 'root':
      return root(caller);
    default:
      if (stringAt(caller.identity, 'invokedBy') !== undefined) return service(caller);
      return caller.name === undefined ? otherAccount(caller) : federated(caller, caller.name, 'unknown');
  }
}

function root(caller: Caller): Who {
  const name = caller.name ?? 'root';
  return { actor: { id: `aws:${caller.account}/root`, kind: 'root' }, user: userFields(caller, { name }) };
}

/** People and programs both have IAM users; only an email address tells. */
function user(caller: Caller): Who {
  const name = caller.name ?? caller.arn.name;
  if (name === undefined) return otherAccount(caller);
  const email = asEmail(name);
  const actor =
    email === undefined ? { id: `aws:${caller.account}/user/${name}`, kind: 'unknown' as const } : person(email);
  return { actor, user: userFields(caller, { name, email }) };
}

function session(caller: Caller): Who {
  const context = objectAt(caller.identity, 'sessionContext');
  const roleName = stringAt(objectAt(context, 'sessionIssuer'), 'userName') ?? caller.arn.name ?? principal(caller);
  const sourceIdentity = stringAt(context, 'sourceIdentity');
  const sessionName = caller.arn.session ?? afterColon(caller);
  const human = sourceIdentity ?? (isHuman(roleName, sessionName) ? sessionName : undefined);
  if (human === undefined) return role(caller, roleName);
  return federated(caller, human, 'person', roleName === undefined ? undefined : [roleName]);
}

function isHuman(roleName: string | undefined, sessionName: string | undefined): boolean {
  return roleName?.startsWith('AWSReservedSSO_') === true || asEmail(sessionName) !== undefined;
}

function role(caller: Caller, name: string | undefined): Who {
  if (name === undefined) return otherAccount(caller);
  const actor = { id: `aws:${caller.account}/role/${name}`, kind: 'service' as const };
  return { actor, user: userFields(caller, { name, roles: [name] }) };
}

function federated(caller: Caller, name: string | undefined, kind: ActorKind, roles?: readonly string[]): Who {
  if (name === undefined) return otherAccount(caller);
  const email = asEmail(name);
  const actor = email === undefined ? { id: `aws:${caller.account}/federated/${name}`, kind } : person(email);
  return { actor, user: userFields(caller, { name, email, roles }) };
}

/** A person at the access portal; the name is in the event's own data, if anywhere. */
function identityCenter(caller: Caller): Who {
  const name = caller.name ?? stringAt(objectAt(caller.record, 'additionalEventData'), 'UserName');
  return federated(caller, name ?? stringAt(objectAt(caller.identity, 'onBehalfOf'), 'userId'), 'person');
}

function service(caller: Caller): Who {
  const name = stringAt(caller.identity, 'invokedBy') ?? stringAt(caller.record, 'sourceIPAddress') ?? 'unknown';
  return { actor: { id: `aws:service/${name}`, kind: 'service' } };
}

/**
 * Of a caller from another account CloudTrail says the account and the principal's id, and not its name. The session's
 * name behind the id is the other account's word: it makes nobody of this organisation of a stranger.
 */
function otherAccount(caller: Caller): Who {
  const id = stringAt(caller.identity, 'principalId');
  if (id === undefined && stringAt(caller.identity, 'accountId') === undefined) return {};
  const actor = { id: `aws:${caller.account}/${principalKind(id)}`, kind: 'unknown' as const };
  return id === undefined ? { actor } : { actor, user: { id } };
}

/** Prefixes of unique ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function principalKind(id: string | undefined): string {
  const [unique = ''] = (id ?? '').split(':');
  if (unique.startsWith('AROA')) return `role/${unique}`;
  return unique.startsWith('AIDA') ? `user/${unique}` : 'unknown';
}

function person(email: string): { readonly id: string; readonly kind: ActorKind } {
  return { id: `person:${email}`, kind: 'person' };
}

/** The unique id before the session: the best name of a role that has none. */
function principal(caller: Caller): string | undefined {
  return stringAt(caller.identity, 'principalId')?.split(':', 1)[0];
}

/** `AROAEXAMPLE:session`, `111122223333:name`. */
function afterColon(caller: Caller): string | undefined {
  const id = stringAt(caller.identity, 'principalId') ?? '';
  const colon = id.indexOf(':');
  return colon === -1 || colon === id.length - 1 ? undefined : id.slice(colon + 1);
}

interface Names {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

function userFields(caller: Caller, { name, email, roles }: Names): NonNullable<AuditEvent['user']> {
  const user: Mutable<NonNullable<AuditEvent['user']>> = {};
  const id = stringAt(caller.identity, 'principalId');
  if (id !== undefined) user.id = id;
  if (name !== undefined) user.name = name;
  if (email !== undefined) user.email = email;
  if (roles !== undefined) user.roles = roles;
  return user;
}

interface Arn {
  readonly account?: string;
  /** `user`, `role`, `assumed-role`, `federated-user`, `root`. */
  readonly kind?: string;
  /** Without its path. */
  readonly name?: string;
  readonly session?: string;
}

const NO_ARN: Arn = {};

/** `arn:aws:iam::111122223333:user/path/ana`, `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`. */
function parseArn(arn: string | undefined): Arn {
  const match = arn === undefined ? null : ARN.exec(arn);
  if (match === null) return NO_ARN;
  const [, account = '', kind = '', rest = ''] = match;
  if (kind === 'assumed-role') {
    const slash = rest.indexOf('/');
    return slash === -1
      ? { account, kind, name: rest }
      : { account, kind, name: rest.slice(0, slash), session: rest.slice(slash + 1) };
  }
  return rest === '' ? { account, kind } : { account, kind, name: rest.slice(rest.lastIndexOf('/') + 1) };
}

const ARN = /^arn:[\w-]+:(?:iam|sts)::(\w+):([a-z-]+)(?:\/(.+))?$/;
