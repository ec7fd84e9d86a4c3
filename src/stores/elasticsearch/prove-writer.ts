import { WhosawError } from '../../core/errors.ts';
import { ask, refusal, typeOf } from './answers.ts';
import type { Call, Elastic } from './client.ts';
import type { Indices } from './indices.ts';

export type Proof =
  /** Nobody is asked who he is. */
  | { readonly kind: 'no security' }
  /** Of a responder. */
  | { readonly kind: 'read only' }
  /** `triedOn`: absent where there is no index of events yet: then only the server's word is known. */
  | { readonly kind: 'create only'; readonly triedOn: string | undefined };

/**
 * Proves that the key can create events but not change or delete one: by what the server says of it, and by trying on
 * a document that does not exist, in ways that change nothing where they are allowed. Throws STORE_REFUSED where they are.
 */
export async function proveWriter(elastic: Elastic, indices: Indices): Promise<Proof> {
  const body = { index: [{ names: [indices.events], privileges: ['read', 'create_doc', ...FORBIDDEN] }] };
  const answer = await elastic.request<HasPrivileges>({
    method: 'POST',
    path: '/_security/user/_has_privileges',
    body,
  });
  if (answer.status === 400 || answer.status === 404 || answer.status === 405) return { kind: 'no security' };
  if (answer.status >= 300) throw refusal(answer, elastic, 'asking what the key may do');
  const has = answer.body.index?.[indices.events] ?? {};
  const allowed = FORBIDDEN.filter((privilege) => has[privilege] === true);
  if (allowed.length > 0) throw mayChange(elastic, `has ${allowed.join(', ')}`);
  if (has['read'] !== true) {
    throw new WhosawError(
      'STORE_REFUSED',
      `The key of store.api_key may not read ${indices.events}; see docs/elasticsearch.md.`,
    );
  }
  if (has['create_doc'] !== true) return { kind: 'read only' };
  const triedOn = await newestIndex(elastic, indices.events);
  if (triedOn !== undefined) for (const call of attempts(triedOn)) await refuseAllowed(elastic, call);
  return { kind: 'create only', triedOn };
}

const FORBIDDEN = ['index', 'delete', 'write', 'delete_index', 'manage'] as const;
const PROBE = 'whosaw-check-no-such-event';

interface HasPrivileges {
  readonly index?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
}

/** Each would be an answer of 404 or 409 if it were allowed: there is no such document. */
function attempts(index: string): readonly Call[] {
  const query = { if_seq_no: Number.MAX_SAFE_INTEGER, if_primary_term: 1 };
  return [
    { method: 'POST', path: `/${index}/_update/${PROBE}`, body: { doc: {} } },
    { method: 'DELETE', path: `/${index}/_doc/${PROBE}`, query },
    { method: 'PUT', path: `/${index}/_doc/${PROBE}`, query, body: {} },
  ];
}

async function refuseAllowed(elastic: Elastic, call: Call): Promise<void> {
  const { status, body } = await elastic.request(call);
  if (status !== 403) throw mayChange(elastic, `${call.method} was answered ${status} ${typeOf(body) ?? ''}`.trim());
}

async function newestIndex(elastic: Elastic, events: string): Promise<string | undefined> {
  const found = await ask<object>(elastic, {
    method: 'GET',
    path: `/${events}/_mapping`,
    query: { filter_path: '*.mappings.dynamic' },
  });
  return Object.keys(found).toSorted().at(-1);
}

function mayChange({ address }: Elastic, how: string): WhosawError {
  const message = `The key of store.api_key may change or delete events at ${address} (${how}); use the writer's key of \`whosaw setup elasticsearch\`.`;
  return new WhosawError('STORE_REFUSED', message);
}
