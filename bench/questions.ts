import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AccessReader, TallyOf } from '../src/core/access-reader.ts';
import { loadStages } from '../src/pipeline/load-stages.ts';
import { search } from '../src/respond/search.ts';
import { timeline } from '../src/respond/timeline.ts';
import { who } from '../src/respond/who.ts';
import { openDuckdbStore } from '../src/stores/duckdb/open.ts';
import { indexDays } from '../src/pipeline/retention.ts';
import { measureBeside } from './beside.ts';
import { HOT_SECRET, liveEvents, writeLongHistory } from './long-history.ts';
import { quantile, type Row } from './report.ts';
import { Running } from './running.ts';
import type { Seeds } from './seeds.ts';

const DAY_US = 86_400_000_000;
const PROGRAM = fileURLToPath(new URL('../bin/whosaw.js', import.meta.url));
const EXPECTATIONS = fileURLToPath(new URL('expectations.yaml', import.meta.url));
const AIM_MS = 100;
const COMMAND_AIM_MS = 400;
const COMMANDS = 15;
const SETTLE_SECONDS = 600;
/** Of a core. */
const IDLE_SHARE = 0.1;
/** Of all rounds of one question. */
const LONGEST_MS = 20_000;
/** Sealing would move events while questions are measured. */
const NEVER = '10000d';

export interface QuestionSizes {
  readonly events: number;
  readonly days: number;
  /** Of each kind of question. */
  readonly rounds: number;
}

interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

interface Asked {
  readonly reader: AccessReader;
  readonly window: Window;
  /** Some secret and identity among many, by the round. */
  readonly secret: string;
  readonly identity: string;
}

type Question = (asked: Asked) => Promise<unknown>;

/** What a responder asks, of a day and of all that there is. */
const QUESTIONS: readonly (readonly [name: string, days: number, question: Question])[] = [
  ['who, a secret read 10,000 times', 30, ({ reader, window }) => who(reader, HOT_SECRET, window)],
  ['who, one secret of many', 30, ({ reader, window, secret }) => who(reader, secret, window)],
  ['timeline', 1, ({ reader, window, identity }) => timeline(reader, identity, window, window.toUs / 1_000)],
  ['timeline', 30, ({ reader, window, identity }) => timeline(reader, identity, window, window.toUs / 1_000)],
  ['search, failures', 30, find(() => 'event.outcome: failure')],
  ['search, one identity', 30, find(({ identity }) => `whosaw.actor.id: "${identity}"`)],
  ['search, denied from a network', 30, find(() => 'source.ip: 10.0.0.0/8 and event.reason: *')],
  ['search, nothing is there', 30, find(() => 'whosaw.actor.id: nobody and event.outcome: success')],
  ['search, a field of the vendor', 1, find(() => 'whosaw.record.request.path: *nothing-like-it*')],
  ['top secrets', 1, top('secrets')],
  ['top secrets', 30, top('secrets')],
  ['top identities', 30, top('identities')],
  ['top denials', 30, top('denials')],
  ['top addresses', 30, top('addresses')],
];

/**
 * Over a store of so many events, which is written where `folder` has none yet; all its complete days are indexed. Days are sealed
 * only where they were before.
 */
export async function measureQuestions(
  seeds: Seeds,
  rules: string,
  folder: string,
  { events, days, rounds }: QuestionSizes,
): Promise<readonly Row[]> {
  const path = join(folder, 'store');
  const { stages } = await loadStages({ rules: [], expectations: EXPECTATIONS });
  if (!existsSync(path)) await writeLongHistory(path, seeds, stages, { events, days, toUs: Date.now() * 1_000 });
  const size = `${events / 1e6} M events${await prepare(path)}`;
  const source = { type: 'vault' } as const;
  const running = await Running.start({ folder, source, rules, sink: 'file', isBare: true, sealAfter: NEVER });
  running.output.resume();
  const rows: Row[] = [];
  try {
    await settled(running);
    rows.push(...(await askAll(running, size, rounds)));
    rows.push(...commands(running.config, await someNames(running.reader), size, rounds));
  } finally {
    await running.stop();
  }
  return [...rows, ...(await measureBeside(path, liveEvents(seeds, stages), size))];
}

async function prepare(path: string): Promise<string> {
  const store = await openDuckdbStore({ path });
  // As where whosaw has run all the time: the past is worked in.
  const appendedMs = Date.now();
  const checkpoints = [{ source: '#history', checkpoint: appendedMs }];
  const nothing = { observations: [], rejections: [], alerts: [], marks: [], notifications: [] };
  await store.commit({ ...nothing, checkpoints, appendedMs });
  await indexDays(store, Date.now(), new AbortController().signal);
  const sealed = (await store.days()).filter((day) => day.sealed > 0).length;
  await store.close();
  return sealed === 0 ? '' : `, ${sealed} days sealed`;
}

/** Until what starting brings about is done. */
async function settled(running: Running): Promise<void> {
  let { cpuSeconds } = await running.usage();
  for (let second = 0; second < SETTLE_SECONDS; second++) {
    await sleep(1_000);
    const before = cpuSeconds;
    ({ cpuSeconds } = await running.usage());
    if (cpuSeconds - before < IDLE_SHARE) return;
  }
}

async function askAll(running: Running, size: string, rounds: number): Promise<readonly Row[]> {
  const { reader } = running;
  const { secrets, identities, toUs } = await someNames(reader);
  const rows: Row[] = [];
  for (const [name, span, question] of QUESTIONS) {
    const window = { fromUs: toUs - span * DAY_US, toUs };
    const times: number[] = [];
    const before = await running.usage();
    const limit = performance.now() + LONGEST_MS;
    for (let round = 0; round < rounds && performance.now() < limit; round++) {
      const secret = secrets[round % secrets.length] ?? HOT_SECRET;
      const identity = identities[round % identities.length] ?? '';
      const start = performance.now();
      await question({ reader, window, secret, identity });
      times.push(performance.now() - start);
    }
    const cpuMs = (((await running.usage()).cpuSeconds - before.cpuSeconds) * 1_000) / times.length;
    rows.push(rowOf(`${size}: ${name}, ${span === 1 ? 'a day' : `${span} days`}`, times, AIM_MS, cpuMs));
  }
  return rows;
}

function commands(config: string, { identities }: Names, size: string, rounds: number): readonly Row[] {
  const asked: Readonly<Record<string, readonly string[]>> = {
    who: ['who', HOT_SECRET, '--since', '30d'],
    timeline: ['timeline', identities[0] ?? '', '--since', '1d'],
    search: ['search', 'event.outcome: failure', '--limit', '20'],
    top: ['top', 'secrets', '--since', '30d'],
  };
  return Object.entries(asked).map(([name, args]) => {
    const times = Array.from({ length: Math.min(rounds, COMMANDS) }, () => commandMs([...args, '-c', config]));
    return rowOf(`${size}: whosaw ${name}, the command`, times, COMMAND_AIM_MS);
  });
}

function rowOf(name: string, times: readonly number[], aim: number, cpuMs?: number): Row {
  const note = `p50 ${Math.round(quantile(times, 0.5))}, most ${Math.round(Math.max(...times))}; ${cpuMs === undefined ? '' : `${Math.round(cpuMs)} ms of CPU; `}${times.length} times`;
  const value = quantile(times, 0.95);
  // It takes minutes: what is known is told.
  console.error(`${name}: ${Math.round(value)} ms at p95; ${note}`);
  return { name, unit: 'ms p95', value, aim, note };
}

function find(query: (asked: Asked) => string): Question {
  return async (asked) => {
    const { reader, window } = asked;
    const question = {
      query: query(asked),
      nowMs: window.toUs / 1_000,
      ...window,
      order: 'newest',
      limit: 100,
    } as const;
    for await (const _ of search(reader, question));
  };
}

function top(of: TallyOf): Question {
  return ({ reader, window }) =>
    reader.tally({ of, query: '', nowMs: window.toUs / 1_000, ...window, limit: 10, parts: 24 });
}

async function newestUs(reader: AccessReader): Promise<number> {
  const now = Date.now() * 1_000;
  const question = { query: '', nowMs: now / 1_000, fromUs: 0, toUs: now, order: 'newest', limit: 1 } as const;
  const { next } = await reader.search(question);
  return next?.timeUs ?? now;
}

interface Names {
  readonly secrets: readonly string[];
  readonly identities: readonly string[];
  readonly toUs: number;
}

/** Neither the busiest nor the idlest. */
async function someNames(reader: AccessReader): Promise<Names> {
  const toUs = await newestUs(reader);
  const ask = async (of: TallyOf): Promise<readonly string[]> => {
    const window = { fromUs: toUs - DAY_US, toUs };
    const rows = await reader.tally({ of, query: '', nowMs: toUs / 1_000, ...window, limit: 60, parts: 1 });
    return rows.slice(10).map(({ value }) => value);
  };
  return { secrets: await ask('secrets'), identities: await ask('identities'), toUs };
}

function commandMs(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  const wallMs = performance.now() - start;
  if (status !== 0) throw new Error(`whosaw ${args.join(' ')}: ${stderr}`);
  return wallMs;
}
