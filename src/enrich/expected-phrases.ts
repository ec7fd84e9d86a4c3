import type { AuditEvent } from '../core/event.ts';
import { printCidr } from '../lib/cidr.ts';
import { networksFor } from './actors.ts';
import type { Expectations } from './expectations.ts';

/** Names of networks and roles that are said before the rest is only counted. */
const SHOWN = 3;

/**
 * What would have been expected of this event's identity, by the name of the fact: `from 10.2.0.0/16`, `with role on-call`.
 * Only of what is declared.
 */
export function expectedPhrases(expectations: Expectations, { whosaw }: AuditEvent): Readonly<Record<string, string>> {
  const phrases: Record<string, string> = {};
  const networks = whosaw.actor === undefined ? undefined : networksFor(expectations, whosaw.actor.id);
  if (networks !== undefined) phrases['whosaw.expected.network'] = `from ${listed(networks.map(printCidr))}`;
  const roles = rolesFor(expectations, whosaw.environment);
  if (roles.length > 0) phrases['whosaw.expected.role'] = `with role ${listed(roles)}`;
  return phrases;
}

function rolesFor({ teams }: Expectations, environment: string | undefined): readonly string[] {
  if (environment === undefined) return [];
  const roles = teams.flatMap((team) => team.roles.filter(({ environments }) => environments?.includes(environment)));
  return [...new Set(roles.map(({ name }) => name))];
}

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return [...names.slice(0, SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(' or ');
}
