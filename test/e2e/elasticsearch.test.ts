import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { elasticsearch } from '../services/elasticsearch.ts';
import { folderWith, whosaw, start, type Ended } from './whosaw.ts';

const url = elasticsearch('the command line over Elasticsearch') ?? '';
const LOG = gunzipSync(readFileSync(new URL('../../samples/vault-audit.jsonl.gz', import.meta.url))).toString();
const SOURCES =
  'sources: { vault: { type: vault, cluster: eu, file: audit.log } }\nsinks: { file: { type: file, path: alerts.ndjson } }\n';
const PREFIX = `e2e-${process.pid}`;
const WINDOW = ['--since', '2026-03-01', '--until', '2026-03-10'];
const ALERTS = ['alerts', '--since', '2026-03-01', '--format', 'json'];
const SECRET = 'production/db-password';
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

describe.runIf(url !== '')('over Elasticsearch', () => {
  const folder = folderWith({
    'audit.log': LOG,
    'cluster.yaml': `${SOURCES}store: { type: elasticsearch, url: '${url}', prefix: ${PREFIX}, replicas: 0 }\nsocket: { path: c/s }\n`,
    'alone.yaml': `${SOURCES}store: { path: store }\nsocket: { path: a/s }\n`,
  });
  const ask = (config: string, args: readonly string[]): Promise<Ended> =>
    whosaw([...args, '-c', folder.at(`${config}.yaml`)], { cwd: folder.path });

  const prepared: Ended[] = [];

  beforeAll(async () => {
    for (const args of [['check'], ['setup', 'elasticsearch'], ['setup', 'elasticsearch'], ['check']]) {
      prepared.push(await ask('cluster', args));
    }
    // The log is long past: its alerts are worked out from the store, after its events are in.
    let last = '';
    for (const config of ['alone', 'cluster']) {
      const up = start(['up', '-c', folder.at(`${config}.yaml`)], { cwd: folder.path });
      const isDone = async (): Promise<boolean> => {
        const before = last;
        last = withoutSeen(await ask(config, ALERTS)).stdout;
        return last.length > 10 && last === before;
      };
      await vi.waitUntil(isDone, { timeout: 240_000, interval: 3_000 });
      await up.end();
    }
  });

  afterAll(async () => {
    await fetch(`${url}/${PREFIX}-*`, { method: 'DELETE' });
    await fetch(`${url}/_index_template/${PREFIX}-events`, { method: 'DELETE' });
    folder.remove();
  });

  it('check asks for setup, which can be run again', () => {
    const [before, first, again, after] = prepared;
    expect(before).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('run `whosaw setup elasticsearch` first'),
    });
    expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('-state, new\n') });
    expect(again).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('-state, which was there') });
    expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('is prepared; its security is off') });
  });

  it.each<readonly string[]>([
    ['who', SECRET, ...WINDOW],
    ['who', SECRET, ...WINDOW, '--format', 'json'],
    ['who', 'db-pasword', ...WINDOW],
    ['timeline', 'payments-api', ...WINDOW],
    ['search', '', ...WINDOW, '--limit', '3000', '--format', 'ndjson'],
    ['search', 'event.outcome: failure and source.ip: 10.0.0.0/8', ...WINDOW],
    ['search', 'whosaw.record.request.path: secret*', ...WINDOW, '--limit', '500'],
    ['top', 'secrets', ...WINDOW],
    ['top', 'identities', ...WINDOW, '--format', 'json'],
    ['top', 'addresses', ...WINDOW, '--query', 'not event.outcome: failure'],
    ALERTS,
    ['backtest', '--rules', 'builtin', '--since', '2026-03-01'],
  ])('%s %s answers as the embedded store does', async (...args) => {
    const [cluster, alone] = [await ask('cluster', args), await ask('alone', args)];
    expect(cluster.stdout + cluster.stderr).not.toBe('');
    expect(withoutSeen(cluster)).toStrictEqual(withoutSeen(alone));
  });
});

/** When whosaw saw an event is another time in each run, and the config has another name. */
function withoutSeen({ code, stdout, stderr }: Ended): Ended {
  const times = /("(?:created|seen|seenTo)": ?")[^"]*|(seen to )\d+ \w+ [\d:]+|(-c \S*)(?:cluster|alone)\.yaml/g;
  return { code, stdout: stdout.replaceAll(times, '$1$2$3'), stderr };
}
