import type { ActorKind, AuditEvent } from '../../core/event.ts';
import { stringAt, type JsonObject } from '../../core/json.ts';
import { asEmail } from '../../lib/email.ts';
import type { Mutable } from '../../lib/mutable.ts';

export interface Who {
  readonly actor?: { readonly id: string; readonly kind: ActorKind };
  readonly user?: NonNullable<AuditEvent['user']>;
  /** Object id, else application id: one caller under both. */
  readonly caller: string;
}

/**
 * Who called, by the claims of the token: the person where the user principal name is an email address, else the
 * directory object; the application where no user stands behind it. Without an issuer the directory is
 * `unknown-tenant`, because application and object ids are unique without it.
 */
export function whoOf(claims: JsonObject): Who {
  const objectId = stringAt(claims, 'oid') ?? stringAt(claims, OBJECT_ID);
  const appId = stringAt(claims, 'appid') ?? stringAt(claims, 'azp');
  const principalName = principalNameOf(claims);
  const caller = (objectId ?? appId ?? principalName ?? '').toLowerCase();
  if (caller === '') return { caller };
  const tenant = tenantOf(claims);
  if (isApp(claims, principalName) && appId !== undefined) {
    const actor = { id: `azure:${tenant}/app/${appId.toLowerCase()}`, kind: 'service' as const };
    return { actor, user: userFields(objectId ?? appId, managedName(claims) ?? appId), caller };
  }
  const email = asEmail(principalName);
  const kind: ActorKind = principalName !== undefined || isDelegated(claims) ? 'person' : 'unknown';
  const actor =
    email === undefined ? { id: `azure:${tenant}/object/${caller}`, kind } : { id: `person:${email}`, kind };
  return { actor, user: userFields(objectId, principalName, email), caller };
}

/** The data plane writes short names, the control plane URIs. */
const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const TENANT_ID = 'http://schemas.microsoft.com/identity/claims/tenantid';
const UPN = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';
const NAME = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name';

function principalNameOf(claims: JsonObject): string | undefined {
  const name =
    stringAt(claims, 'upn') ?? stringAt(claims, 'unique_name') ?? stringAt(claims, UPN) ?? stringAt(claims, NAME);
  return name === undefined ? undefined : homeName(name);
}

/** Guests: `live.com#ana@acme.example`, `ana_acme.example#EXT#@tenant.onmicrosoft.com` -> `ana@acme.example`. */
function homeName(name: string): string {
  const guest = /^(.{1,200})_([^_@#]{1,200})#EXT#@/i.exec(name);
  if (guest !== null) return `${guest[1]}@${guest[2]}`;
  return name.replace(/^[a-z.]{1,60}#(?=[^#]*$)/i, '');
}

/** A token that carries scopes was given to an application for a user. */
function isDelegated(claims: JsonObject): boolean {
  return stringAt(claims, 'scp') !== undefined || stringAt(claims, 'idtyp') === 'user';
}

function isApp(claims: JsonObject, principalName: string | undefined): boolean {
  return stringAt(claims, 'idtyp') === 'app' || (principalName === undefined && !isDelegated(claims));
}

function tenantOf(claims: JsonObject): string {
  const issued =
    GUID.exec(stringAt(claims, 'iss') ?? '')?.[0] ?? stringAt(claims, 'tid') ?? stringAt(claims, TENANT_ID);
  return issued?.toLowerCase() ?? 'unknown-tenant';
}

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** The name of a managed identity, or of the machine that it belongs to: the last part of its resource id. */
function managedName(claims: JsonObject): string | undefined {
  const resource = stringAt(claims, 'xms_mirid');
  return resource === undefined ? undefined : /[^/]+$/.exec(resource)?.[0];
}

function userFields(id: string | undefined, name?: string, email?: string): NonNullable<AuditEvent['user']> {
  const user: Mutable<NonNullable<AuditEvent['user']>> = {};
  if (id !== undefined) user.id = id;
  if (name !== undefined) user.name = name;
  if (email !== undefined) user.email = email;
  return user;
}
