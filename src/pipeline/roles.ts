import { WhosawError } from '../core/errors.ts';

/** What a worker of a cluster does. */
export const ROLES = ['collect', 'detect', 'correlate', 'deliver'] as const;
export type Role = (typeof ROLES)[number];

/** `collect,detect` -> roles. Throws USAGE for what is none. */
export function parseRoles(text: string): readonly Role[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ROLES.some((role) => role === name));
  if (unknown.length > 0) {
    throw new WhosawError(
      'USAGE',
      `--role ${text}: there is no role ${unknown.join(', ')}; roles are ${ROLES.join(', ')}.`,
    );
  }
  return ROLES.filter((role) => names.includes(role));
}
