import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { SecretText } from '../../../src/lib/secret-text.ts';
import { readEntities } from '../../../src/sources/vault/identity-api.ts';
import { peopleOf } from '../../../src/sources/vault/identity-people.ts';

/** As documented of GET identity/entity/id/:id. */
const entity = (id: string, name: string, metadata: JsonObject | null, aliases: readonly JsonObject[]) => ({
  id,
  name,
  metadata,
  aliases,
  creation_time: '2026-11-23T10:00:00.000000000Z',
  disabled: false,
  policies: ['dev'],
});
const alias = (name: string, type: string, path: string, metadata: JsonObject | null = null) => ({
  id: 'a',
  canonical_id: 'e',
  name,
  metadata,
  mount_accessor: `auth_${type}_0a1b`,
  mount_path: path,
  mount_type: type,
});

const SAM = entity('1', 'sam', { email: 'Sam@payments.acme.example' }, [
  alias('sam', 'userpass', 'auth/userpass/'),
  alias('sam.b', 'ldap', 'auth/corp/ldap/'),
]);
const SAM_TOO = entity('2', 'entity_0a1b', null, [alias('sam@payments.acme.example', 'oidc', 'auth/oidc/')]);
const BOT = entity('3', 'deploy-bot', null, [alias('role-id', 'approle', 'auth/approle/')]);
const BARE = entity('4', 'ana@acme.example', null, []);

describe('the people of the identity store', () => {
  it('are those with an address and a login, under the ids that their events have', () => {
    expect(peopleOf([SAM_TOO, BOT, SAM, BARE], 'eu')).toEqual(
      new Map([
        [
          'sam@payments.acme.example',
          ['vault:eu/corp-ldap/sam.b', 'vault:eu/token/oidc-sam@payments.acme.example', 'vault:eu/userpass/sam'],
        ],
      ]),
    );
  });
});

describe('the identity API', () => {
  const TOKEN = 'T0KEN-CANARY';
  async function vault(entities: readonly { readonly id: string }[]): Promise<string> {
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      const send = (status: number, body: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (request.headers['x-vault-token'] !== TOKEN) return send(403, { errors: ['permission denied'] });
      if (path === '/v1/identity/entity/id?list=true') {
        const keys = [...entities.map(({ id }) => id), 'deleted'];
        return entities.length === 0 ? send(404, { errors: [] }) : send(200, { data: { keys, key_info: {} } });
      }
      const found = entities.find(({ id }) => path === `/v1/identity/entity/id/${id}`);
      return found === undefined ? send(404, { errors: [] }) : send(200, { request_id: 'r', data: found });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('gives every entity, and none where there is none', async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ ...SAM, id: `e-${index}` }));
    const token = new SecretText(TOKEN);
    expect(await readEntities({ address: await vault(many), token })).toEqual(many);
    expect(await readEntities({ address: await vault([]), token })).toEqual([]);
  });

  it('says what the token needs, and never the token', async () => {
    const error = await readEntities({ address: await vault([SAM]), token: new SecretText('other-CANARY') }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', message: expect.stringContaining('list and read') });
    expect(String(error)).not.toContain('CANARY');
  });

  it('says when nobody answers', async () => {
    await expect(readEntities({ address: 'http://127.0.0.1:1', token: new SecretText(TOKEN) })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
    });
  });
});
