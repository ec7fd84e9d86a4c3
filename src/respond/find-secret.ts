import { WhosawError } from '../core/errors.ts';
import type { AccessReader, SecretFacts } from '../core/access-reader.ts';

const CANDIDATES_LIMIT = 20;
const NEAR_LIMIT = 5;

/** The one secret that people mean by its id or the end of it. Throws AMBIGUOUS with the candidates, NOT_FOUND with near ones. */
export async function findSecret(reader: AccessReader, text: string): Promise<SecretFacts> {
  const found = await reader.secrets(text, CANDIDATES_LIMIT + 1);
  const exact = found.find(({ secret }) => secret.id === text);
  const only = exact ?? (found.length === 1 ? found[0] : undefined);
  if (only !== undefined) return only;
  if (found.length > 0) throw ambiguous(text, found);
  const near = await reader.near(text, NEAR_LIMIT);
  const hint = near.length === 0 ? 'The store has seen no secret of a similar name.' : `Near to it:\n${list(near)}`;
  throw new WhosawError('NOT_FOUND', `No access to a secret "${text}" was seen. ${hint}`);
}

function ambiguous(text: string, found: readonly SecretFacts[]): WhosawError {
  const ids = found.slice(0, CANDIDATES_LIMIT).map(({ secret }) => secret.id);
  const more = found.length > CANDIDATES_LIMIT ? '\n  ...' : '';
  return new WhosawError('AMBIGUOUS', `"${text}" may be any of these; write more of its id:\n${list(ids)}${more}`);
}

function list(ids: readonly string[]): string {
  return ids.map((id) => `  ${id}`).join('\n');
}
