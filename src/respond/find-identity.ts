import { WhosawError } from '../core/errors.ts';
import type { AccessReader, IdentityFacts } from '../core/access-reader.ts';

const CANDIDATES_LIMIT = 20;
const NEAR_LIMIT = 5;

/** The one identity that people mean by its id, the end of it, or a person's name. Throws AMBIGUOUS or NOT_FOUND, with candidates. */
export async function findIdentity(reader: AccessReader, text: string): Promise<IdentityFacts> {
  const found = await reader.identities(text, CANDIDATES_LIMIT + 1);
  const exact = found.find(({ id }) => id === text);
  const only = exact ?? (found.length === 1 ? found[0] : undefined);
  if (only !== undefined) return only;
  if (found.length > 0) throw ambiguous(text, found);
  const near = await reader.nearIdentities(text, NEAR_LIMIT);
  const hint = near.length === 0 ? 'The store has seen no identity of a similar name.' : `Near to it:\n${list(near)}`;
  throw new WhosawError('NOT_FOUND', `Nothing of an identity "${text}" was seen. ${hint}`);
}

function ambiguous(text: string, found: readonly IdentityFacts[]): WhosawError {
  const ids = found.slice(0, CANDIDATES_LIMIT).map(({ id }) => id);
  const more = found.length > CANDIDATES_LIMIT ? '\n  ...' : '';
  return new WhosawError('AMBIGUOUS', `"${text}" may be any of these; write more of its id:\n${list(ids)}${more}`);
}

function list(ids: readonly string[]): string {
  return ids.map((id) => `  ${id}`).join('\n');
}
