import { expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/server/metrics.ts';
import { serveWatchers } from '../../src/server/watch-server.ts';

async function served() {
  const metrics = createMetrics();
  const server = await serveWatchers('127.0.0.1:0', metrics);
  onTestFinished(() => server.close());
  const get = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [response.status, await response.text()];
  };
  return { metrics, get, port: server.port };
}

it('is ready once it is a member of all its groups, and again when it lost one', async () => {
  const { metrics, get } = await served();
  expect(await get('/readyz')).toEqual([200, 'ready\n']);
  metrics.expects(['whosaw-detect', 'whosaw-deliver']);
  metrics.held('whosaw-deliver', []);
  expect(await get('/readyz')).toEqual([503, 'waits for whosaw-detect\n']);
  metrics.held('whosaw-detect', [0, 1]);
  expect(await get('/readyz')).toEqual([200, 'ready\n']);
  metrics.held('whosaw-detect', undefined);
  expect(await get('/readyz')).toEqual([503, 'waits for whosaw-detect\n']);
  expect(await get('/healthz')).toEqual([200, 'alive\n']);
});

it('counts what the stages do', async () => {
  const { metrics, get } = await served();
  metrics.detected({ events: 3, hits: 5, rejections: 1 });
  metrics.stored({ stored: 2, duplicates: 1, conflicts: 0 }, { seconds: 0.2, rejections: 0, alerts: 0 });
  metrics.lag('g', 't', [0, 7]);
  const [, text] = await get('/metrics');
  expect(text).toContain('whosaw_events_total 3');
  expect(text).toContain('whosaw_stored_events_total{verdict="duplicates"} 1');
  expect(text).toContain('whosaw_lag_messages{group="g",topic="t",partition="1"} 7');
  expect(text).toContain('whosaw_process_resident_memory_bytes');
});

it('answers nothing else, and says where it cannot listen', async () => {
  const { get, port } = await served();
  expect((await get('/whatever'))[0]).toBe(404);
  await expect(serveWatchers(`127.0.0.1:${port}`, createMetrics())).rejects.toThrow(/metrics.listen: .*choose another/);
});
