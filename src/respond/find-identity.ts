import type { AccessReader, IdentityFacts } from '../core/access-reader.ts';
import { ambiguous, CANDIDATES_LIMIT, NEAR_LIMIT, notFound } from './candidates.ts';

/** The one identity that people mean by its id, the end of it, or a person's name. Throws AMBIGUOUS or NOT_FOUND, with candidates. */
export async function findIdentity(reader: AccessReader, text: string): Promise<IdentityFacts> {
  const found = await reader.identities(text, CANDIDATES_LIMIT);
  const exact = found.find(({ id }) => id === text);
  const only = exact ?? (found.length === 1 ? found[0] : undefined);
  if (only !== undefined) return only;
  const ids = found.map(({ id }) => id);
  if (ids.length > 0) throw ambiguous(text, ids);
  const near = await reader.nearIdentities(text, NEAR_LIMIT);
  throw notFound(
    `Nothing of an identity "${text}" was seen.`,
    near,
    'The store has seen no identity of a similar name.',
  );
}
