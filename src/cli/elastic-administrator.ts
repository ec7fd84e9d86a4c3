import { SecretText } from '../lib/secret-text.ts';
import type { ElasticOptions } from '../stores/elasticsearch/client.ts';

/** Who may do what whosaw's own keys may not; nothing where the environment names nobody. */
export function administrator(): Pick<ElasticOptions, 'auth'> {
  const {
    ELASTICSEARCH_API_KEY: apiKey = '',
    ELASTICSEARCH_USER: user = '',
    ELASTICSEARCH_PASSWORD: password = '',
  } = process.env;
  if (apiKey !== '') return { auth: { apiKey: new SecretText(apiKey) } };
  return user === '' ? {} : { auth: { user, password: new SecretText(password) } };
}

/** For the help of commands. */
export const ADMINISTRATOR_HELP = `an administrator, from the environment: ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USER and ELASTICSEARCH_PASSWORD;
without them store.api_key is used.`;
