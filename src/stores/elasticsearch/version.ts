import { WhosawError } from '../../core/errors.ts';
import { isObject, objectAt, stringAt } from '../../core/json.ts';
import { refusal } from './answers.ts';
import { CLIENT_MAJOR, type Elastic } from './client.ts';

/** The server's version. Throws STORE_REFUSED where it is older than the client, or refuses the credentials. */
export async function serverVersion(elastic: Elastic): Promise<string> {
  const answer = await elastic.request({ method: 'GET', path: '/', plain: true });
  if (answer.status >= 300) throw refusal(answer, elastic, 'GET /');
  const version = stringAt(objectAt(isObject(answer.body) ? answer.body : undefined, 'version'), 'number') ?? 'unknown';
  const major = Number.parseInt(version, 10);
  if (!(major >= CLIENT_MAJOR)) {
    const message = `Elasticsearch at ${elastic.address} is version ${version}; whosaw needs ${CLIENT_MAJOR} or newer: upgrade it, or name another in store.url.`;
    throw new WhosawError('STORE_REFUSED', message);
  }
  return version;
}
