/** One person under several names. */
export interface DraftPerson {
  /** `person:<email>` */
  readonly id: string;
  readonly aliases: readonly string[];
}

/**
 * Identities that are called like a person whose email address is known: `vault:eu/userpass/ana` beside
 * `person:ana@acme.example`. A name that fits two people is left out.
 */
export function draftPeople(ids: readonly string[]): readonly DraftPerson[] {
  const people = Map.groupBy(
    ids.filter((id) => id.startsWith('person:')),
    (id) => plain(id.slice('person:'.length, id.indexOf('@'))),
  );
  const aliases = Map.groupBy(
    ids.filter((id) => ALIAS.test(id)),
    (id) => plain(id.slice(id.lastIndexOf('/') + 1)),
  );
  return Array.from(people).flatMap(([name, [person, ...others]]) => {
    const named = aliases.get(name);
    return person === undefined || others.length > 0 || named === undefined ? [] : [{ id: person, aliases: named }];
  });
}

/** Names that people sign in with; of roles and applications the name is no person's. */
const ALIAS = /^(?:vault:[^/]+\/(?:userpass|ldap|okta|radius|oidc|jwt|kerberos)|aws:[^/]+\/user)\/[^/]+$/;

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]/g, '');
}
