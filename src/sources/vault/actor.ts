import type { ActorKind, AuditEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { objectAt, stringAt, stringsAt } from '../../core/json.ts';
import { asEmail } from '../../lib/email.ts';
import { optional } from '../../lib/optional.ts';

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
  const metadata = objectAt(auth, 'metadata');
  const username = stringAt(metadata, 'username');
  const role = stringAt(metadata, 'role_name');
  const email = asEmail(stringAt(metadata, 'email')) ?? asEmail(username);
  const policies = stringsAt(auth, 'policies');
  const user = {
    ...optional('id', stringAt(auth, 'entity_id')),
    ...optional('name', username ?? role ?? display),
    ...optional('email', email),
    ...(policies.length === 0 ? {} : { roles: policies }),
  };
  const id = actorId({ display, name: username ?? role, email, cluster });
  return {
    ...(Object.keys(user).length === 0 ? {} : { user }),
    ...(id === undefined ? {} : { actor: { id, kind: kindOf(policies, username ?? email, role) } }),
  };
}

interface Names {
  readonly display: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly cluster: string;
}

function actorId({ display, name, email, cluster }: Names): string | undefined {
  if (email !== undefined) return `person:${email}`;
  if (name !== undefined && display !== undefined) return `vault:${cluster}/${mountOf(display, name)}/${name}`;
  return display === undefined ? undefined : `vault:${cluster}/token/${display}`;
}

/** A display name is the auth mount, then (for people) a dash and the name: `userpass-bob`, `approle`. */
function mountOf(display: string, name: string): string {
  return display.endsWith(`-${name}`) ? display.slice(0, -name.length - 1) : display;
}

function kindOf(policies: readonly string[], person: string | undefined, role: string | undefined): ActorKind {
  if (policies.includes('root')) return 'root';
  if (person !== undefined) return 'person';
  return role === undefined ? 'unknown' : 'service';
}
