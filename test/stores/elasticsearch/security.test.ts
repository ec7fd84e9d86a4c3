import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SecretText } from '../../../src/lib/secret-text.ts';
import { connectElastic, type Elastic, type ElasticOptions } from '../../../src/stores/elasticsearch/client.ts';
import { indicesOf } from '../../../src/stores/elasticsearch/indices.ts';
import { deleteOld } from '../../../src/stores/elasticsearch/lifecycle.ts';
import { openElasticsearchStore } from '../../../src/stores/elasticsearch/open.ts';
import { proveWriter } from '../../../src/stores/elasticsearch/prove-writer.ts';
import { setUpSecurity } from '../../../src/stores/elasticsearch/security.ts';
import { setUpIndices } from '../../../src/stores/elasticsearch/setup.ts';
import { alert, batch, idsIn, observation } from '../../contract/store-fixtures.ts';
import { isBuilt, ownElasticsearch } from '../../services/elasticsearch.ts';

const SUITE = 'roles and keys of Elasticsearch';
// The server with security is 900 MB to fetch, once.
const isWanted = process.env['WHOSAW_TEST_SECURITY'] === '1' || isBuilt('full');
if (!isWanted) console.log(`skipped: ${SUITE} (set WHOSAW_TEST_SECURITY=1 to fetch a server with security, 900 MB)`);
const settings = ['-Expack.security.enabled=true'];
const server = isWanted ? ownElasticsearch(SUITE, { flavour: 'full', settings }) : undefined;
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe.runIf(server !== undefined)('with security', () => {
  const indices = indicesOf('whosaw', 'day');
  const urls = [server?.url ?? ''];
  const password = new SecretText(randomBytes(12).toString('hex'));
  const admin = connectElastic({ urls, auth: { user: 'admin', password } });
  const auths: Record<string, NonNullable<ElasticOptions['auth']>> = {};
  const event = observation({ id: 'a', at: '2025-03-15T02:00:00Z' });
  const EVENTS = '/whosaw-events-2025.03.15';

  beforeAll(async () => {
    if (server === undefined) return;
    const salt = randomBytes(16);
    const hash = pbkdf2Sync(password.reveal(), salt, 10_000, 32, 'sha512');
    const line = `admin:{PBKDF2}10000$${salt.toString('base64')}$${hash.toString('base64')}\n`;
    writeFileSync(join(server.folder, 'config', 'users'), line);
    writeFileSync(join(server.folder, 'config', 'users_roles'), 'superuser:admin\n');
    server.start();
    await setUpIndices({ elastic: admin, prefix: 'whosaw', indices, shards: 1, replicas: 0 });
    const { keys } = await setUpSecurity(admin, 'whosaw', indices);
    for (const { role, key } of keys) auths[role] = { apiKey: key };
  });

  afterAll(async () => {
    await admin.close();
    server?.stop();
  });

  const as = async <T>(role: string, act: (elastic: Elastic) => Promise<T>): Promise<T> => {
    const auth = auths[role];
    const elastic = connectElastic({ urls, ...(auth === undefined ? {} : { auth }) });
    try {
      return await act(elastic);
    } finally {
      await elastic.close();
    }
  };
  const open = (role: string, readOnly = false) =>
    openElasticsearchStore({
      urls,
      prefix: 'whosaw',
      period: 'day',
      readOnly,
      ...(auths[role] === undefined ? {} : { auth: auths[role] }),
    });

  it('setup makes a key for each role, once', async () => {
    expect(Object.keys(auths)).toStrictEqual(['writer', 'responder']);
    const { roles, keys } = await setUpSecurity(admin, 'whosaw', indices);
    expect(roles).toStrictEqual(['whosaw-writer', 'whosaw-responder']);
    expect(keys).toStrictEqual([]);
  });

  it('the writer creates events and writes alerts, again and again', async () => {
    const store = await open('writer');
    const alerts = [alert('aa')];
    const notifications = [{ alertId: alert('aa').id, sink: 'slack' }];
    const checkpoints = [{ source: 'vault-file', checkpoint: 1 }];
    expect(await store.commit(batch({ observations: [event], alerts, notifications, checkpoints }))).toMatchObject({
      stored: 1,
    });
    expect(
      await store.commit(batch({ observations: [event], alerts: [alert('aa', { version: 2 })], checkpoints })),
    ).toMatchObject({ duplicates: 1 });
    await store.settle({ alertId: alert('aa').id, sink: 'slack' }, { state: 'delivered', atMs: 5 });
    expect(await idsIn(store)).toHaveLength(1);
    expect(await store.alerts({ limit: 5 })).toMatchObject([
      { alert: { version: 2 }, notifications: [{ state: 'delivered' }] },
    ]);
    await store.close();
  });

  it.each<[string, string, (id: string) => { method: 'POST' | 'PUT' | 'DELETE'; path: string; body?: object }]>([
    [
      'writer',
      'update an event',
      (id) => ({ method: 'POST', path: `${EVENTS}/_update/${id}`, body: { doc: { event: { outcome: 'failure' } } } }),
    ],
    ['writer', 'overwrite an event', (id) => ({ method: 'PUT', path: `${EVENTS}/_doc/${id}`, body: {} })],
    ['writer', 'delete an event', (id) => ({ method: 'DELETE', path: `${EVENTS}/_doc/${id}` })],
    [
      'writer',
      'delete by query',
      () => ({ method: 'POST', path: `${EVENTS}/_delete_by_query`, body: { query: { match_all: {} } } }),
    ],
    ['writer', 'delete an index', () => ({ method: 'DELETE', path: EVENTS })],
    ['writer', 'delete an alert', () => ({ method: 'DELETE', path: `/whosaw-alerts/_doc/${alert('aa').id}` })],
    [
      'writer',
      'change the templates',
      () => ({ method: 'PUT', path: '/_component_template/whosaw-ecs', body: { template: {} } }),
    ],
    ['responder', 'create an event', () => ({ method: 'PUT', path: `${EVENTS}/_create/new`, body: {} })],
    ['responder', 'write an alert', () => ({ method: 'PUT', path: '/whosaw-alerts/_doc/x', body: {} })],
    ['responder', 'delete an event', (id) => ({ method: 'DELETE', path: `${EVENTS}/_doc/${id}` })],
  ])('the %s may not %s', async (role, _, call) => {
    const { status } = await as(role, (elastic) => elastic.request(call(event.event.event.id)));
    expect(status).toBe(403);
    const path = `${EVENTS}/_search`;
    const query = { q: 'event.outcome:success', filter_path: 'hits.total.value', rest_total_hits_as_int: false };
    await admin.request({ method: 'POST', path: `${EVENTS}/_refresh` });
    const stored = await admin.request({ method: 'GET', path, query });
    expect(stored.body).toStrictEqual({ hits: { total: { value: 1 } } });
  });

  it('the responder reads', async () => {
    await admin.request({ method: 'POST', path: '/whosaw-*/_refresh' });
    const store = await open('responder', true);
    expect(await store.secrets('db-password', 5)).toHaveLength(1);
    expect(await store.alerts({ limit: 5 })).toHaveLength(1);
    expect(await idsIn(store)).toHaveLength(1);
    await store.close();
  });

  it('without a key, or with a wrong one, there is no entry', async () => {
    const refused = async (role: string) => open(role).catch((error: unknown) => error);
    expect(await refused('nobody')).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('(401); check store.api_key'),
    });
    auths['guess'] = { apiKey: new SecretText(Buffer.from('id:guessed').toString('base64')) };
    const error = await refused('guess');
    expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('(401)') });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('guessed');
  });

  it('check proves what a key may not do, and refuses one that may', async () => {
    expect(await as('writer', (elastic) => proveWriter(elastic, indices))).toStrictEqual({
      kind: 'create only',
      triedOn: 'whosaw-events-2025.03.15',
    });
    expect(await as('responder', (elastic) => proveWriter(elastic, indices))).toStrictEqual({ kind: 'read only' });
    await expect(proveWriter(admin, indices)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('may change or delete events'),
    });
    const left = await admin.request<{ count: number }>({ method: 'GET', path: `${EVENTS}/_count` });
    expect(left.body.count).toBe(1);
  });

  it('whole periods are deleted by an administrator only, and that is recorded', async () => {
    const day = Date.UTC(2025, 2, 15) / 86_400_000;
    const old = { setting: '400d', nowMs: 7 };
    expect(await deleteOld(admin, indices, { day, ...old })).toStrictEqual([]);
    await expect(
      as('writer', (elastic) => deleteOld(elastic, indices, { day: day + 1, ...old })),
    ).rejects.toMatchObject({
      code: 'STORE_REFUSED',
    });
    const deleted = [{ day, events: 1, atMs: 7, setting: '400d' }];
    expect(await deleteOld(admin, indices, { day: day + 1, ...old })).toStrictEqual(deleted);
    const store = await open('writer');
    expect(await store.deletions([0, Number.MAX_SAFE_INTEGER])).toStrictEqual(deleted);
    expect(await store.deletions([(day + 1) * 86_400_000_000, Number.MAX_SAFE_INTEGER])).toStrictEqual([]);
    expect(await store.days()).toStrictEqual([]);
    expect(await idsIn(store)).toStrictEqual([]);
    expect((await store.load()).checkpoints).toHaveLength(1);
    await store.close();
  });
});
