import { isObject, objectAt, stringAt, type JsonObject, type JsonValue } from '../../core/json.ts';
import { asEmail } from '../../lib/email.ts';

/**
 * Who is behind the entities of Vault's identity store: a person's e-mail address -> the ids that whosaw gives their logins. Source:
 * the documented answer of `identity/entity/id/:id` (`name`, `metadata`, `aliases[]` with `name`, `mount_path`, `mount_type`). An
 * entity that names no address, or whose logins are all a program's, is nobody.
 */
export function peopleOf(entities: readonly JsonObject[], cluster: string): ReadonlyMap<string, readonly string[]> {
  const people = new Map<string, Set<string>>();
  for (const entity of entities) {
    const aliases = objectsIn(entity['aliases']);
    const email = emailOf(entity, aliases);
    const ids = aliases.flatMap((alias) => actorOf(alias, cluster));
    if (email === undefined || ids.length === 0) continue;
    const known = people.get(email) ?? new Set<string>();
    for (const id of ids) known.add(id);
    people.set(email, known);
  }
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
  return new Map(
    Array.from(people, ([email, ids]): [string, readonly string[]] => [email, [...ids].toSorted()]).toSorted(byName),
  );
}

/** What an administrator wrote counts before what a login says. */
function emailOf(entity: JsonObject, aliases: readonly JsonObject[]): string | undefined {
  const written = asEmail(stringAt(objectAt(entity, 'metadata'), 'email')) ?? asEmail(stringAt(entity, 'name'));
  if (written !== undefined) return written;
  for (const alias of aliases) {
    const found = asEmail(stringAt(objectAt(alias, 'metadata'), 'email')) ?? asEmail(stringAt(alias, 'name'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Auth methods whose audit entries name the user (`metadata.username`). */
const NAMED = new Set(['userpass', 'ldap', 'okta', 'radius', 'github', 'kerberos']);
/** Those of people whose entries only have a display name. */
const DISPLAYED = new Set(['oidc', 'jwt', 'saml']);

function actorOf(alias: JsonObject, cluster: string): readonly string[] {
  const name = stringAt(alias, 'name');
  const type = stringAt(alias, 'mount_type') ?? '';
  const mount = (stringAt(alias, 'mount_path') ?? '')
    .replace(/^auth\//, '')
    .replace(/\/$/, '')
    .replaceAll('/', '-');
  if (name === undefined || mount === '') return [];
  if (NAMED.has(type)) return [`vault:${cluster}/${mount}/${name}`];
  return DISPLAYED.has(type) ? [`vault:${cluster}/token/${mount}-${name}`] : [];
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}
