import type { ActorKind, AuditEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { objectAt, stringAt, stringsAt } from '../../core/json.ts';
import { asEmail } from '../../lib/email.ts';
import type { Mutable } from '../../lib/mutable.ts';

export interface Actor {
  readonly actor?: { readonly id: string; readonly kind: ActorKind };
  readonly user?: NonNullable<AuditEvent['user']>;
}

/**
 * Who a token belongs to (design: identity of things): a person where an email is known; else the name within its auth
 * mount; else what the token displays. A request without a token has no actor.
 */
export function actorOf(auth: JsonObject, cluster: string): Actor {
  const display = stringAt(auth, 'display_name');
  const { name, email, kind } = namesOf(auth, display);
  const policies = stringsAt(auth, 'policies');
  const user: Mutable<NonNullable<AuditEvent['user']>> = {};
  const entity = stringAt(auth, 'entity_id');
  const shown = name ?? display;
  if (entity !== undefined) user.id = entity;
  if (shown !== undefined) user.name = shown;
  if (email !== undefined) user.email = email;
  if (policies.length > 0) user.roles = policies;
  const id = actorId({ display, name, email, cluster });
  const isNobody = entity === undefined && shown === undefined && email === undefined && policies.length === 0;
  return {
    ...(isNobody ? {} : { user }),
    ...(id === undefined ? {} : { actor: { id, kind: policies.includes('root') ? 'root' : kind } }),
  };
}

interface Names {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly kind: ActorKind;
}

/**
 * The names that the auth method vouches for. Whoever makes a child token, or an approle's secret id, writes metadata
 * as they like: of the first nothing counts, of the second the role's name alone.
 */
function namesOf(auth: JsonObject, display: string | undefined): Names {
  if (display === 'token' || display?.startsWith('token-') === true) return { kind: 'unknown' };
  const metadata = objectAt(auth, 'metadata');
  const role = stringAt(metadata, 'role_name');
  if (role !== undefined) return { name: role, kind: 'service' };
  const username = stringAt(metadata, 'username');
  const email = asEmail(stringAt(metadata, 'email')) ?? asEmail(username);
  return { name: username, email, kind: username === undefined && email === undefined ? 'unknown' : 'person' };
}

interface Identity {
  readonly display: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly cluster: string;
}

function actorId({ display, name, email, cluster }: Identity): string | undefined {
  if (email !== undefined) return `person:${email}`;
  if (name !== undefined && display !== undefined) return `vault:${cluster}/${mountOf(display, name)}/${name}`;
  return display === undefined ? undefined : `vault:${cluster}/token/${display}`;
}

/** A display name is the auth mount, then (for people) a dash and the name: `userpass-bob`, `approle`. */
function mountOf(display: string, name: string): string {
  return display.endsWith(`-${name}`) ? display.slice(0, -name.length - 1) : display;
}
