import { isObject, stringAt } from '../../core/json.ts';
import { SecretText } from '../../lib/secret-text.ts';
import { ask } from './answers.ts';
import type { Elastic } from './client.ts';
import type { Indices } from './indices.ts';
import { rolesOf, type RoleName } from './roles.ts';

export interface NewKey {
  readonly role: RoleName;
  readonly name: string;
  /** What goes into `store.api_key`; the server does not tell it again. */
  readonly key: SecretText;
}

/** Whether the server asks who somebody is: without security these endpoints do not exist. */
export async function hasSecurity(elastic: Elastic): Promise<boolean> {
  const { status } = await elastic.request({ method: 'GET', path: '/_security/_authenticate' });
  return status === 200;
}

/** Puts the roles, and makes a key for each that has none yet. */
export async function setUpSecurity(
  elastic: Elastic,
  prefix: string,
  indices: Indices,
): Promise<{ readonly roles: readonly string[]; readonly keys: readonly NewKey[] }> {
  const roles = rolesOf(indices);
  const names = ['writer', 'responder'] as const;
  const keys: NewKey[] = [];
  for (const role of names) {
    const name = `${prefix}-${role}`;
    await ask(elastic, { method: 'PUT', path: `/_security/role/${name}`, body: roles[role] });
    if (await hasKey(elastic, name)) continue;
    const body = { name, role_descriptors: { [name]: roles[role] }, metadata: { application: 'whosaw' } };
    const made = await ask(elastic, { method: 'POST', path: '/_security/api_key', body });
    const encoded = isObject(made) ? stringAt(made, 'encoded') : undefined;
    if (encoded !== undefined) keys.push({ role, name, key: new SecretText(encoded) });
  }
  return { roles: names.map((role) => `${prefix}-${role}`), keys };
}

async function hasKey(elastic: Elastic, name: string): Promise<boolean> {
  const query = { name, active_only: true, owner: true };
  const found = await ask(elastic, { method: 'GET', path: '/_security/api_key', query });
  return isObject(found) && Array.isArray(found['api_keys']) && found['api_keys'].length > 0;
}
