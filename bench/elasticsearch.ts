import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEvent } from '../src/core/encode-event.ts';
import type { Observation } from '../src/core/event.ts';
import { loadStages } from '../src/pipeline/load-stages.ts';
import { observe } from '../src/pipeline/observe.ts';
import { connectElastic, type Elastic } from '../src/stores/elasticsearch/client.ts';
import { indicesOf } from '../src/stores/elasticsearch/indices.ts';
import { openElasticsearchStore } from '../src/stores/elasticsearch/open.ts';
import { setUpIndices } from '../src/stores/elasticsearch/setup.ts';
import { writeVaultLog } from './inputs.ts';
import { loadSeeds } from './seeds.ts';

/**
 * CPU of this process to write events into Elasticsearch: the client's bulk helper with ready documents, and whosaw's
 * store, in turns, over the same events. `node bench/elasticsearch.ts URL [EVENTS] [ROUNDS]`.
 */
const [url = 'http://127.0.0.1:9200', events = '50000', rounds = '3'] = process.argv.slice(2);
const BATCH = 5_000;

interface Round {
  readonly cpuPerMillion: number;
  readonly perSecond: number;
}

async function run(): Promise<void> {
  const observations = await eventsOf(Number(events));
  const characters = observations.reduce((sum, event) => sum + encodeEvent(event).length, 0);
  console.log(`${observations.length} events of ${Math.round(characters / observations.length)} characters, ${url}`);
  const elastic = connectElastic({ urls: [url] });
  const results: Record<string, Round[]> = {
    'bulk client alone': [],
    'whosaw, new': [],
    'whosaw, all of it again': [],
  };
  for (let round = 0; round < Number(rounds); round += 1) {
    const prefix = `bench-${randomUUID().slice(0, 8)}`;
    await setUpIndices({ elastic, prefix, indices: indicesOf(prefix, 'day'), shards: 1, replicas: 0 });
    results['bulk client alone']?.push(
      await measured(observations.length, () => clientAlone(observations, `${prefix}-events-alone`)),
    );
    const store = await openElasticsearchStore({ urls: [url], prefix, period: 'day' });
    for (const name of ['whosaw, new', 'whosaw, all of it again']) {
      results[name]?.push(
        await measured(observations.length, async () => {
          for (const batch of batches(observations))
            await store.commit({ ...NOTHING, observations: batch, appendedMs: Date.now() });
        }),
      );
    }
    await store.close();
    await remove(elastic, prefix);
  }
  await elastic.close();
  for (const [name, measurements] of Object.entries(results)) {
    const cpu = measurements.map(({ cpuPerMillion }) => cpuPerMillion.toFixed(1)).join(' ');
    const speed = measurements.map(({ perSecond }) => Math.round(perSecond)).join(' ');
    console.log(`${name.padEnd(24)} CPU s per million: ${cpu}   events/s: ${speed}`);
  }
}

const NOTHING = { rejections: [], alerts: [], marks: [], checkpoints: [], notifications: [] } as const;

/** As one would do it without whosaw: the helper of the client, create by id. */
async function clientAlone(observations: readonly Observation[], index: string): Promise<void> {
  const { Client } = await import('@elastic/elasticsearch');
  const client = new Client({ node: url });
  const documents = observations.map((event) => ({
    id: event.event.event.id,
    text: {
      ...event.event,
      whosaw: { ...event.event.whosaw, store: { type: event.type, time_us: event.timeUs }, record: event.record },
    },
  }));
  await client.helpers.bulk({
    datasource: documents,
    onDocument: ({ id, text }) => [{ create: { _index: index, _id: id } }, text],
    concurrency: 2,
  });
  await client.close();
}

async function measured(count: number, write: () => Promise<void>): Promise<Round> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await write();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuPerMillion: (user + system) / count, perSecond: count / ((performance.now() - start) / 1_000) };
}

async function eventsOf(count: number): Promise<readonly Observation[]> {
  const folder = mkdtempSync(join(tmpdir(), 'whosaw-bench-'));
  try {
    const file = join(folder, 'audit.log');
    writeVaultLog(loadSeeds(), file, count, Date.now());
    const { stages } = await loadStages({ rules: ['builtin'] });
    const out = { records: [], rejections: [] };
    const framer = stages.formats.vault.frame({ source: 'bench', file, cluster: 'bench', offset: 0 });
    const seen = new Date().toISOString();
    framer.push(readFileSync(file), seen, out);
    framer.end(seen, out);
    return out.records.flatMap((record) => {
      const observed = observe(record, stages);
      return observed.ok ? [observed.value.observation] : [];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function* batches(observations: readonly Observation[]): Generator<readonly Observation[]> {
  for (let from = 0; from < observations.length; from += BATCH) yield observations.slice(from, from + BATCH);
}

async function remove(elastic: Elastic, prefix: string): Promise<void> {
  await elastic.request({ method: 'DELETE', path: `/${prefix}-*` });
  await elastic.request({ method: 'DELETE', path: `/_index_template/${prefix}-events` });
  for (const part of ['ecs', 'record', 'settings']) {
    await elastic.request({ method: 'DELETE', path: `/_component_template/${prefix}-${part}` });
  }
}

await run();
