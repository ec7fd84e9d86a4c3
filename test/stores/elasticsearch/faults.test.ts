import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Observation } from '../../../src/core/event.ts';
import { SecretText } from '../../../src/lib/secret-text.ts';
import { openElasticsearchStore, type ElasticsearchStore } from '../../../src/stores/elasticsearch/open.ts';
import { alert, batch, idsIn, observation } from '../../contract/store-fixtures.ts';
import { elasticsearch } from '../../services/elasticsearch.ts';
import { newIndices } from './adapter.ts';
import { faultyProxy, type Fault } from './faulty-proxy.ts';

const url = elasticsearch('faults of Elasticsearch');
vi.setConfig({ testTimeout: 300_000 });

describe.runIf(url !== undefined)('a server that fails', () => {
  const server = url ?? '';
  const DAY = '2025-03-15T02';
  const many: readonly Observation[] = Array.from({ length: 400 }, (_, index) =>
    observation({ id: `e${index}`, at: `${DAY}:${String(index % 60).padStart(2, '0')}:00Z` }),
  );

  /** A store behind a proxy whose bulk requests meet these faults, one after the other, and then no more. */
  async function storeBehind(
    faults: readonly Fault[],
  ): Promise<{ store: ElasticsearchStore; said: string[]; prefix: string }> {
    const { prefix, remove } = await newIndices(server);
    const left = [...faults];
    const proxy = await faultyProxy(server, ({ path }) => (path.startsWith('/_bulk') ? left.shift() : undefined));
    const said: string[] = [];
    const notice = (_: string, facts: Readonly<Record<string, unknown>>): void => void said.push(String(facts['why']));
    const store = await openElasticsearchStore({ urls: [proxy], prefix, period: 'day', notice });
    onTestFinished(async () => {
      await store.close();
      await remove();
    });
    return { store, said, prefix };
  }

  it.each<[string, readonly Fault[]]>([
    ['429 and 503 for the whole request', [{ status: 429 }, { status: 503 }, { status: 502 }, { status: 429 }]],
    ['429 for every other item', [{ everyOther: 429 }, { everyOther: 429 }, { everyOther: 503 }]],
    ['a block of the index (403)', [{ everyOther: 403 }, { everyOther: 429 }]],
    ['a key that is revoked for a while (401)', [{ status: 401 }, { status: 401 }]],
    ['answers that are lost', ['lose the answer', 'lose the answer']],
    ['a request that is too long (413)', [{ status: 413 }, { status: 413 }]],
  ])('is waited for: %s; nothing is lost, nothing doubled', async (_, faults) => {
    const { store, said } = await storeBehind(faults);
    const receipt = await store.commit(batch({ observations: many }));
    expect(receipt.stored + receipt.duplicates).toBe(many.length);
    expect((await idsIn(store)).toSorted()).toStrictEqual(many.map(({ event }) => event.event.id).toSorted());
    expect((await store.sources())[0]).toMatchObject({ events: many.length, rejected: 0 });
    if (!JSON.stringify(faults).includes('413')) expect(said.length).toBeGreaterThan(0);
  });

  it('is waited for until the signal comes', async () => {
    const { store, said } = await storeBehind(Array.from({ length: 1_000 }, () => ({ status: 503 })));
    const stop = new AbortController();
    const commit = store.commit(batch({ observations: many.slice(0, 2) }), stop.signal);
    await expect.poll(() => said.length).toBeGreaterThan(0);
    stop.abort(new Error('shutting down'));
    await expect(commit).rejects.toThrow('shutting down');
  });

  it('whose mapping somebody changed keeps what does not fit as rejected, with the field and without the value', async () => {
    const { store, prefix } = await storeBehind([]);
    const odd = { mappings: { properties: { event: { properties: { reason: { type: 'long' } } } } } };
    await putJson(`${server}/${prefix}-events-2025.03.15`, odd);
    const fine = observation({ id: 'fine', at: `${DAY}:00:00Z` });
    const unfit = observation({ id: 'unfit', at: `${DAY}:00:00Z`, reason: 'a word that is no number' });
    const receipt = await store.commit(batch({ observations: [fine, unfit], alerts: [alert('aa')] }));
    expect(receipt).toStrictEqual({ stored: 1, duplicates: 0, conflicts: 0, refused: 1 });
    expect(await store.sources()).toMatchObject([{ events: 1, rejected: 1 }]);
    const found = await (await fetch(`${server}/${prefix}-rejections/_search`)).text();
    expect(found).toContain('document_parsing_exception at event.reason');
    expect(found).not.toContain('a word that is no number');
    // Again: the same rejection.
    await store.commit(batch({ observations: [unfit] }));
    expect(await store.sources()).toMatchObject([{ events: 1, rejected: 1 }]);
  });

  it('keeps an event whose record no mapping takes, and finds it', async () => {
    const { store } = await storeBehind([]);
    const record = JSON.parse(
      `{"a\\u0000b": {"deep": ${'['.repeat(200)}7${']'.repeat(200)}}}`,
    ) as Observation['record'];
    const hostile = observation({ id: 'hostile', at: `${DAY}:00:00Z`, record });
    expect(await store.commit(batch({ observations: [hostile] }))).toMatchObject({ stored: 1 });
    const question = { nowMs: 0, fromUs: 0, toUs: hostile.timeUs, order: 'newest', limit: 5 } as const;
    expect((await store.search({ ...question, query: 'event.outcome: success' })).documents).toHaveLength(1);
    expect((await store.search({ ...question, query: 'event.outcome: failure' })).documents).toHaveLength(0);
    expect(
      await store.accesses({ secret: hostile.event.whosaw.secret?.id ?? '', fromUs: 0, toUs: hostile.timeUs }),
    ).toHaveLength(1);
  });

  it('finds the same event on both sides of midnight', async () => {
    const { store } = await storeBehind([]);
    const evening = observation({ id: 'a', at: '2025-03-15T23:58:00Z' });
    const night = observation({ id: 'a', at: '2025-03-16T00:01:00Z' });
    const other = observation({ id: 'a', at: '2025-03-16T00:01:00Z', outcome: 'failure' });
    await store.commit(batch({ observations: [evening] }));
    expect(await store.commit(batch({ observations: [night, other] }))).toMatchObject({
      stored: 0,
      duplicates: 1,
      conflicts: 1,
    });
    const later = observation({ id: 'a', at: '2025-03-16T00:04:00Z' });
    expect(await store.commit(batch({ observations: [later] }))).toMatchObject({ stored: 1 });
  });

  it('keeps an event of a clock that is wrong by centuries', async () => {
    const { store } = await storeBehind([]);
    const ancient = observation({ id: 'old', at: '0001-01-01T00:00:00Z' });
    expect(await store.commit(batch({ observations: [ancient] }))).toMatchObject({ stored: 1 });
    expect(await store.eventsById([ancient.event.event.id], [ancient.timeUs, 0])).toHaveLength(1);
  });
});

describe.runIf(url !== undefined)('opening', () => {
  const options = { prefix: 'no-such-prefix', period: 'day', auth: { apiKey: new SecretText('geheim') } } as const;
  const refused = async (address: string): Promise<unknown> =>
    openElasticsearchStore({ ...options, urls: [address] }).catch((error: unknown) => error);

  it('says where nobody answers', async () => {
    const error = await refused('http://127.0.0.1:9');
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:9 cannot be reached \(.+\); check store\.url/),
    });
  });

  it('says where something else answers', async () => {
    const other = createServer((_, response) => response.end('{"hello": true}'));
    await new Promise<void>((resolve) => other.listen(0, resolve));
    onTestFinished(() => void other.close());
    const error = await refused(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('is no Elasticsearch') });
  });

  it.each<[string, Fault, string]>([
    ['wrong credentials', { status: 401 }, 'does not know these credentials (401); check store.api_key'],
    [
      'an older version',
      { status: 200, body: { version: { number: '8.19.21' } } },
      'is version 8.19.21; whosaw needs 9 or newer',
    ],
  ])('says %s, and no key', async (_, fault, message) => {
    const error = await refused(await faultyProxy(url ?? '', () => fault));
    expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining(message) });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('geheim');
  });

  it('says that nothing is prepared', async () => {
    expect(await refused(url ?? '')).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('run `whosaw setup elasticsearch` first'),
    });
  });
});

async function putJson(address: string, body: object): Promise<void> {
  const response = await fetch(address, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
}
