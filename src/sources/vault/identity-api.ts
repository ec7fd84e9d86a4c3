import { WhosawError } from '../../core/errors.ts';
import { isObject, objectAt, stringsAt, type JsonObject } from '../../core/json.ts';

export interface IdentityApi {
  /** `https://HOST:PORT` */
  readonly address: string;
  readonly token: { reveal(): string };
  readonly namespace?: string | undefined;
}

const WITHIN_MS = 10_000;
const AT_ONCE = 8;

/** All entities, by a token that may list `identity/entity/id` and read what is in it. Throws SOURCE_UNREADABLE. */
export async function readEntities(api: IdentityApi): Promise<readonly JsonObject[]> {
  const listed = await ask(api, 'identity/entity/id?list=true');
  const ids = stringsAt(objectAt(listed, 'data'), 'keys');
  const entities: JsonObject[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE).map((id) => ask(api, `identity/entity/id/${encodeURIComponent(id)}`));
    // One that was deleted meanwhile is nobody.
    for (const answer of await Promise.all(some)) if (isObject(answer?.['data'])) entities.push(answer['data']);
  }
  return entities;
}

/** undefined where there is nothing: Vault answers 404 to an empty list. */
async function ask({ address, token, namespace }: IdentityApi, path: string): Promise<JsonObject | undefined> {
  const headers = {
    'X-Vault-Token': token.reveal(),
    'X-Vault-Request': 'true',
    ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }),
  };
  const url = `${address.replace(/\/$/, '')}/v1/${path}`;
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(WITHIN_MS) }).catch(
    (cause: unknown) => {
      throw unreadable(`${address} cannot be asked; check the address and its certificate.`, cause);
    },
  );
  if (response.status === 404) return undefined;
  if (response.status === 403)
    throw unreadable(`${address} refuses the token: it needs list and read on identity/entity/id/*.`);
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  if (!isObject(body)) throw unreadable(`${address} answered ${response.status} to a question about identities.`);
  return body;
}

function unreadable(message: string, cause?: unknown): WhosawError {
  return new WhosawError('SOURCE_UNREADABLE', message, { cause });
}
