import type { SecretFacts } from '../../core/access-reader.ts';
import { lastParts, mostAlike } from '../resemblance.ts';
import { KEYWORD_LIMIT } from './event-document.ts';
import { ANY, term, wildcardQuery } from './query-dsl.ts';
import { scan, type Query } from './scan.ts';
import type { StoreContext } from './store-context.ts';

export interface SecretDocument {
  /** Absent where it is too long for a keyword: then `long`. */
  readonly id?: string;
  readonly long?: true;
  /** SecretFacts as JSON. */
  readonly facts: string;
}

export function encodeSecret(facts: SecretFacts): SecretDocument {
  const { id } = facts.secret;
  return { ...(id.length > KEYWORD_LIMIT ? { long: true } : { id }), facts: JSON.stringify(facts) };
}

/** An exact id comes first. */
export async function findSecrets(context: StoreContext, text: string, limit: number): Promise<readonly SecretFacts[]> {
  const isMeant = ({ secret: { id } }: SecretFacts): boolean =>
    id === text || id.endsWith(`/${text}`) || id.endsWith(`:${text}`);
  const found: SecretFacts[] = [];
  for await (const facts of secretFacts(context, meant(text))) if (isMeant(facts)) found.push(facts);
  return found
    .toSorted((a, b) => Number(b.secret.id === text) - Number(a.secret.id === text) || order(a.secret.id, b.secret.id))
    .slice(0, limit);
}

/** Ids of which as many last parts as `text` has resemble it, most alike first; then those that hold it somewhere. */
export async function nearSecrets(context: StoreContext, text: string, limit: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { secret } of secretFacts(context, ANY)) ids.push(secret.id);
  return mostAlike(ids, text, limit, (id) => lastParts(id, text));
}

async function* secretFacts({ elastic, indices, settle }: StoreContext, query: Query): AsyncGenerator<SecretFacts> {
  await settle(indices.secrets);
  const options = { index: indices.secrets, query, sort: [{ id: 'asc' }], fields: ['facts'] };
  for await (const page of scan<SecretDocument>(elastic, options)) {
    for (const { _source } of page) yield JSON.parse(_source.facts) as SecretFacts;
  }
}

function meant(text: string): Query {
  const short = [term('id', text), wildcardQuery('id', ['', `/${text}`]), wildcardQuery('id', ['', `:${text}`])];
  const should = [term('long', true), ...(text.length > TEXT_LIMIT ? [] : short)];
  return {
    bool: { should: text.length > KEYWORD_LIMIT ? should : [...should, term('id', text)], minimum_should_match: 1 },
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Longer texts are no patterns that the server takes. */
const TEXT_LIMIT = 500;
