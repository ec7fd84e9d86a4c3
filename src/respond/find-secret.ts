import type { AccessReader, SecretFacts } from '../core/access-reader.ts';
import { ambiguous, CANDIDATES_LIMIT, NEAR_LIMIT, notFound } from './candidates.ts';

/** The one secret that people mean by its id or the end of it. Throws AMBIGUOUS with the candidates, NOT_FOUND with near ones. */
export async function findSecret(reader: AccessReader, text: string): Promise<SecretFacts> {
  const found = await reader.secrets(text, CANDIDATES_LIMIT);
  const exact = found.find(({ secret }) => secret.id === text);
  const only = exact ?? (found.length === 1 ? found[0] : undefined);
  if (only !== undefined) return only;
  const ids = found.map(({ secret }) => secret.id);
  if (ids.length > 0) throw ambiguous(text, ids);
  const near = await reader.near(text, NEAR_LIMIT);
  throw notFound(`No access to a secret "${text}" was seen.`, near, 'The store has seen no secret of a similar name.');
}
