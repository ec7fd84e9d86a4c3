import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Observation } from '../../../src/core/event.ts';
import { connectElastic } from '../../../src/stores/elasticsearch/client.ts';
import { openElasticsearchStore } from '../../../src/stores/elasticsearch/open.ts';
import { alert, batch, eventsIn, observation } from '../../contract/store-fixtures.ts';
import { ownElasticsearch } from '../../services/elasticsearch.ts';
import { newIndices } from './adapter.ts';

const server = ownElasticsearch('kill -9 of Elasticsearch', { flavour: '9' });
vi.setConfig({ testTimeout: 600_000 });
const BATCHES = 40;
const KILLS = 2;

describe.runIf(server !== undefined)('a server of its own', () => {
  beforeAll(() => server?.start(), 300_000);
  afterAll(() => server?.stop());

  it('that is killed while events are written loses nothing and doubles nothing', async () => {
    if (server === undefined) return;
    const { prefix } = await newIndices(server.url);
    const said: string[] = [];
    const notice = (_: string, { why }: Readonly<Record<string, unknown>>): void => void said.push(String(why));
    const store = await openElasticsearchStore({ urls: [server.url], prefix, period: 'day', notice });
    const batches = Array.from({ length: BATCHES }, (_, number) => eventsOf(number));
    let written = 0;
    const writing = (async () => {
      for (const [number, observations] of batches.entries()) {
        await store.commit(batch({ observations, alerts: [alert('aa', { version: number + 1, count: number })] }));
        written += 1;
      }
    })();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await expect.poll(() => written, { timeout: 300_000 }).toBeGreaterThanOrEqual((kill * BATCHES) / (KILLS + 2));
      await sleep(Math.random() * 300);
      server.kill9();
      await sleep(500);
      server.start();
    }
    await writing;
    const found = (await eventsIn(store)).map(({ observation: { event } }) => event.event.id);
    expect(said.length).toBeGreaterThan(0);
    expect(found.length).toBe(new Set(found).size);
    expect(found.toSorted()).toStrictEqual(
      batches
        .flat()
        .map(({ event }) => event.event.id)
        .toSorted(),
    );
    expect((await store.alerts({ limit: 5 })).map(({ alert: { version } }) => version)).toStrictEqual([BATCHES]);
    await store.close();
  });

  it('behind its flood-stage watermark is waited for', async () => {
    if (server === undefined) return;
    const { prefix } = await newIndices(server.url);
    const said: string[] = [];
    const notice = (_: string, { why }: Readonly<Record<string, unknown>>): void => void said.push(String(why));
    const store = await openElasticsearchStore({ urls: [server.url], prefix, period: 'day', notice });
    await store.commit(batch({ observations: eventsOf(1) }));
    const elastic = connectElastic({ urls: [server.url] });
    const watermarks = (enabled: boolean, used: string | null) =>
      elastic.request({
        method: 'PUT',
        path: '/_cluster/settings',
        body: {
          persistent: {
            'cluster.info.update.interval': '10s',
            'cluster.routing.allocation.disk.threshold_enabled': enabled,
            'cluster.routing.allocation.disk.watermark.low': used,
            'cluster.routing.allocation.disk.watermark.high': used,
            'cluster.routing.allocation.disk.watermark.flood_stage': used,
          },
        },
      });
    expect((await watermarks(true, '0.001%')).status).toBe(200);
    const path = `/${prefix}-events-2025.03.10/_settings/index.blocks.read_only_allow_delete`;
    const isBlocked = async (): Promise<boolean> =>
      JSON.stringify((await elastic.request({ method: 'GET', path })).body).includes('true');
    await expect.poll(isBlocked, { timeout: 120_000, interval: 500 }).toBe(true);
    const commit = store.commit(batch({ observations: eventsOf(2) }));
    await expect.poll(() => said.length, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(said[0]).toContain('cluster_block_exception');
    await watermarks(true, '99.99%');
    expect(await commit).toMatchObject({ stored: 500 });
    await elastic.close();
    await store.close();
  });
});

function eventsOf(number: number): readonly Observation[] {
  return Array.from({ length: 500 }, (_, index) =>
    observation({ id: `${number}/${index}`, at: `2025-03-1${index % 2}T02:00:00Z`, record: { text: 'x'.repeat(800) } }),
  );
}
