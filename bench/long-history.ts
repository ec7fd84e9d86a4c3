import { randomUUID } from 'node:crypto';
import type { Observation } from '../src/core/event.ts';
import type { RawRecord } from '../src/core/record.ts';
import type { FrameOutput } from '../src/core/source-format.ts';
import { id128 } from '../src/lib/hash.ts';
import { formatTimeUs } from '../src/lib/time.ts';
import type { Stages } from '../src/pipeline/observe.ts';
import { observe } from '../src/pipeline/observe.ts';
import { openDuckdbStore } from '../src/stores/duckdb/open.ts';
import type { Seeds } from './seeds.ts';

/** How long a history is, and how wide. */
export interface LongHistory {
  readonly events: number;
  readonly days: number;
  /** Time of the last event, microseconds. */
  readonly toUs: number;
}

/** One of a thousand events is a read of it: 10,000 accesses in ten million events. */
export const HOT_SECRET = 'bench/kv/hot';
const HOT_EVERY = 1_000;
/** Each secret and each identity of the seeds stands for so many. */
const SECRETS_EACH = 40;
const ACTORS_EACH = 25;
const BATCH = 5_000;
const DAY_US = 86_400_000_000;

/** Events of the seeds again and again, with ids, times, secrets and identities of their own, straight into a store. */
export async function writeLongHistory(
  path: string,
  seeds: Seeds,
  stages: Stages,
  { events, days, toUs }: LongHistory,
): Promise<void> {
  const { templates, hot } = templatesOf(seeds, stages);
  const store = await openDuckdbStore({ path });
  const fromUs = toUs - days * DAY_US;
  for (let from = 0; from < events; from += BATCH) {
    const observations = Array.from({ length: Math.min(BATCH, events - from) }, (_, index) => {
      const number = from + index;
      const pool = number % HOT_EVERY === 0 ? hot : templates;
      const template = pool[number % pool.length];
      if (template === undefined) throw new Error('There are no seeds.');
      const timeUs = fromUs + Math.floor(((number + 1) / events) * (toUs - fromUs));
      return variant(template, number, timeUs, pool === hot);
    });
    await store.commit({
      observations,
      rejections: [],
      alerts: [],
      marks: [],
      checkpoints: [],
      notifications: [],
      appendedMs: Math.floor((observations.at(-1)?.timeUs ?? 0) / 1_000),
    });
    if ((from / BATCH) % 200 === 199) console.error(`${from + BATCH} of ${events} events written`);
  }
  await store.close();
}

interface Templates {
  readonly templates: readonly Observation[];
  /** Reads that gave a secret away. */
  readonly hot: readonly Observation[];
}

function templatesOf(seeds: Seeds, stages: Stages): Templates {
  const templates = observationsOf(seeds, stages);
  const hot = templates.filter(({ event }) => event.whosaw.access.kind === 'read' && event.event.outcome === 'success');
  return { templates, hot };
}

/** Events as those of the history, of this time, with ids that no other call gives. */
export function* liveEvents(seeds: Seeds, stages: Stages): Generator<Observation, never, undefined> {
  const { templates } = templatesOf(seeds, stages);
  const run = randomUUID();
  for (let number = 0; ; number++) {
    const template = templates[number % templates.length];
    if (template === undefined) throw new Error('There are no seeds.');
    const one = variant(template, number, Date.now() * 1_000, false);
    const id = id128(run, String(number));
    const { event } = one;
    const access = { ...event.whosaw.access, id };
    yield { ...one, event: { ...event, event: { ...event.event, id }, whosaw: { ...event.whosaw, access } } };
  }
}

function variant(template: Observation, number: number, timeUs: number, isHot: boolean): Observation {
  const { event } = template;
  const { whosaw } = event;
  const id = id128('long history', String(number));
  const copy = Math.floor(number / 7);
  const { secret, actor } = whosaw;
  return {
    ...template,
    timeUs,
    event: {
      ...event,
      '@timestamp': formatTimeUs(timeUs),
      event: { ...event.event, id },
      whosaw: {
        ...whosaw,
        access: { ...whosaw.access, id },
        ...(actor === undefined ? {} : { actor: { ...actor, id: `${actor.id}-${copy % ACTORS_EACH}` } }),
        ...(secret === undefined
          ? {}
          : { secret: { ...secret, id: isHot ? `vault:${HOT_SECRET}` : `${secret.id}-${copy % SECRETS_EACH}` } }),
      },
    },
  };
}

function observationsOf(seeds: Seeds, stages: Stages): readonly Observation[] {
  const out: FrameOutput = { records: [], rejections: [] };
  for (const type of ['vault', 'cloudtrail'] as const) {
    const framer = stages.formats[type].frame({ source: type, file: `${type}.log`, cluster: 'bench', offset: 0 });
    framer.push(Buffer.from(`${seeds[type].join('\n')}\n`), new Date(0).toISOString(), out);
  }
  return out.records.flatMap((record: RawRecord) => {
    const observed = observe(record, stages);
    return observed.ok ? [observed.value.observation] : [];
  });
}
