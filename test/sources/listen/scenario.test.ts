import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Observation } from '../../../src/core/event.ts';
import { parseConfig } from '../../../src/pipeline/config.ts';
import { expectedOf } from '../../../src/pipeline/expected-coverage.ts';
import { loadStages } from '../../../src/pipeline/load-stages.ts';
import { runStandalone } from '../../../src/pipeline/standalone.ts';
import { coverage } from '../../../src/respond/coverage.ts';
import { followFiles } from '../../../src/sources/files/follow-files.ts';
import { FORMATS } from '../../../src/sources/formats.ts';
import { describeCorpora } from '../../corpora.ts';
import { MemoryDisk, MemoryStore } from '../../pipeline/memory-store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { httpDevice, socketDevice } from './device.ts';
import { open } from './listening.ts';

const CONFIG = `
sources:
  vault-file: { type: vault, cluster: eu, file: audit.log }
  vault-socket: { type: vault, cluster: eu, listen: tcp://127.0.0.1:0 }
  vault-http: { type: vault, cluster: eu, listen: http://127.0.0.1:0 }
`;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const WHOLE = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };

describeCorpora('the OpenBao scenario as file, socket and HTTP', (corpora) => {
  const bytesOf = (name: string): Buffer => gunzipSync(readFileSync(`${corpora}/vault/openbao/${name}.gz`));

  it('gives the same events by each device, and the gaps that were made', async () => {
    const folder = temporaryFolder();
    const listeners = await open([{ name: 'vault-socket' }, { name: 'vault-http', at: 'http://127.0.0.1:0' }]);
    const { ports } = listeners;
    writeFileSync(join(folder, 'audit.log'), bytesOf('scenario.jsonl'));
    // The pipeline does not run yet: a slow one must not be noticed by the devices.
    const [, statuses] = await Promise.all([
      socketDevice(ports['vault-socket'], bytesOf('scenario-socket.raw')),
      httpDevice(ports['vault-http'], '/v1/ingest/vault-http', bytesOf('scenario-http.jsonl')),
    ]);
    expect(new Set(statuses)).toEqual(new Set([202]));

    const config = parseConfig(CONFIG, join(folder, 'whosaw.yaml'));
    if (!config.ok) throw new Error(JSON.stringify(config.error));
    const file = followFiles({
      name: 'vault-file',
      path: join(folder, 'audit.log'),
      format: FORMATS.vault,
      cluster: 'eu',
      notice: () => undefined,
      timing: { seenEveryMs: 100 },
    });
    const loaded = await loadStages(config.value);
    const seen: Observation[] = [];
    const disk = new MemoryDisk();
    const store = new MemoryStore(disk);
    const stop = new AbortController();
    const running = runStandalone(
      {
        collectors: [file, ...listeners.collectors],
        loaded,
        store: Object.assign(store, { commit: withCopy(store, seen) }),
        route: () => [],
        onCommit: () => undefined,
        coverage: expectedOf(config.value),
        latenessMs: 1_800_000,
        hitsLimit: 1_000_000,
        clock: Date.now,
        log: SILENT,
      },
      stop.signal,
    );
    await expect.poll(() => disk.gaps.size, { timeout: 60_000 }).toBe(3);
    stop.abort();
    await running;

    const bySource = Map.groupBy(seen, ({ event }) => event.whosaw.origin.source);
    const inFile = factsOf(bySource.get('vault-file') ?? []);
    const [bySocket, byHttp] = ['vault-socket', 'vault-http'].map((name) => factsOf(bySource.get(name) ?? []));
    // Each device has an entry of its own, by which it is tried; the first device alone tells of its own enabling.
    const own = (facts: Facts): readonly string[] => [...facts.keys()].filter((id) => !inFile.has(id));
    const missing = (facts: Facts): readonly string[] => [...inFile.keys()].filter((id) => !facts.has(id));
    expect([own(bySocket ?? NONE).length, own(byHttp ?? NONE).length]).toEqual([1, 3]);
    expect([missing(bySocket ?? NONE).length, missing(byHttp ?? NONE).length]).toEqual([2, 9]);
    for (const facts of [bySocket ?? NONE, byHttp ?? NONE]) {
      for (const [id, fact] of facts) if (inFile.has(id)) expect(fact).toEqual(inFile.get(id));
    }
    expect(disk.rejections).toEqual([]);

    const { gaps, sources } = await coverage(store, Object.keys(config.value.sources), WHOLE, Date.now());
    const told = gaps.map(({ kind, source, device, count, from, to }) => [
      kind,
      device ?? source,
      from.slice(11, 23),
      to?.slice(11, 23),
      count,
    ]);
    // Oscar removes the device, reads five secrets, and puts it back: with a new salt.
    expect(told).toEqual([
      ['disabled', 'http', '05:46:36.002', '05:46:36.031', undefined],
      ['missing', 'vault-http', '05:46:36.005', '05:46:36.009', 5],
      ['salt', 'vault-http', '05:46:36.011', '05:46:36.011', undefined],
    ]);
    expect(gaps[1]?.healedBy).toMatch(/^vault-(?:file|socket)$/);
    expect(sources.map(({ source, devices, blindSince }) => [source, devices.length, blindSince])).toEqual([
      ['vault-file', 1, undefined],
      ['vault-socket', 1, undefined],
      ['vault-http', 1, undefined],
    ]);
  }, 120_000);
});

type Facts = ReadonlyMap<string, unknown>;
const NONE: Facts = new Map();

/** By event id, what must be the same whichever device told it. */
function factsOf(observations: readonly Observation[]): Facts {
  return new Map(
    observations.map(({ event }) => [
      event.event.id,
      {
        actor: event.whosaw.actor,
        secret: event.whosaw.secret,
        kind: event.whosaw.access.kind,
        outcome: event.event.outcome,
        reason: event.event.reason,
        address: event.source?.address,
      },
    ]),
  );
}

function withCopy(store: MemoryStore, seen: Observation[]): MemoryStore['commit'] {
  const commit = store.commit.bind(store);
  return (batch) => {
    seen.push(...batch.observations);
    return commit(batch);
  };
}
