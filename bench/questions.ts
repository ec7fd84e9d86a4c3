import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AccessReader, TallyOf } from '../src/core/access-reader.ts';
import { loadStages } from '../src/pipeline/load-stages.ts';
import { search } from '../src/respond/search.ts';
import { timeline } from '../src/respond/timeline.ts';
import { who } from '../src/respond/who.ts';
import { HOT_SECRET, writeLongHistory } from './long-history.ts';
import { quantile, type Row } from './report.ts';
import { Running } from './running.ts';
import type { Seeds } from './seeds.ts';

const DAY_US = 86_400_000_000;
const PROGRAM = fileURLToPath(new URL('../bin/whosaw.js', import.meta.url));
const EXPECTATIONS = fileURLToPath(new URL('expectations.yaml', import.meta.url));
const AIM_MS = 100;
const COMMAND_AIM_MS = 400;

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
  ['top denials', 30, top('denials')],
  ['top addresses', 30, top('addresses')],
];

/** Over a store of so many events, which is written where `folder` has none yet. */
export async function measureQuestions(
  seeds: Seeds,
  rules: string,
  folder: string,
  { events, days, rounds }: QuestionSizes,
): Promise<readonly Row[]> {
  const path = join(folder, 'store');
  if (!existsSync(path)) {
    const { stages } = await loadStages({ rules: [], expectations: EXPECTATIONS });
    await writeLongHistory(path, seeds, stages, { events, days, toUs: Date.now() * 1_000 });
  }
  const running = await Running.start({ folder, source: { type: 'vault' }, rules, sink: 'file' });
  running.output.resume();
  try {
    const { reader } = running;
    const toUs = await newestUs(reader);
    const names = await someNames(reader, toUs);
    const rows: Row[] = [];
    for (const [name, span, question] of QUESTIONS) {
      const window = { fromUs: toUs - span * DAY_US, toUs };
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const secret = names.secrets[round % names.secrets.length] ?? HOT_SECRET;
        const identity = names.identities[round % names.identities.length] ?? '';
        const start = performance.now();
        await question({ reader, window, secret, identity });
        times.push(performance.now() - start);
      }
      rows.push(rowOf(`${events / 1e6} M events: ${name}, ${span === 1 ? 'a day' : `${span} days`}`, times, AIM_MS));
    }
    const commands: Readonly<Record<string, readonly string[]>> = {
      who: ['who', HOT_SECRET, '--since', '30d'],
      timeline: ['timeline', names.identities[0] ?? '', '--since', '1d'],
      search: ['search', 'event.outcome: failure', '--limit', '20'],
      top: ['top', 'secrets'],
    };
    for (const [name, args] of Object.entries(commands)) {
      const times = Array.from({ length: Math.min(rounds, 15) }, () => commandMs([...args, '-c', running.config]));
      rows.push(rowOf(`${events / 1e6} M events: whosaw ${name}, the command`, times, COMMAND_AIM_MS));
    }
    return rows;
  } finally {
    await running.stop();
  }
}

function rowOf(name: string, times: readonly number[], aim: number): Row {
  const note = `p50 ${Math.round(quantile(times, 0.5))}, most ${Math.round(Math.max(...times))}`;
  return { name, unit: 'ms p95', value: quantile(times, 0.95), aim, note };
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

/** Neither the busiest nor the idlest. */
async function someNames(
  reader: AccessReader,
  toUs: number,
): Promise<{ readonly secrets: readonly string[]; readonly identities: readonly string[] }> {
  const ask = async (of: TallyOf): Promise<readonly string[]> => {
    const window = { fromUs: toUs - DAY_US, toUs };
    const rows = await reader.tally({ of, query: '', nowMs: toUs / 1_000, ...window, limit: 60, parts: 1 });
    return rows.slice(10).map(({ value }) => value);
  };
  return { secrets: await ask('secrets'), identities: await ask('identities') };
}

function commandMs(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`whosaw ${args.join(' ')}: ${stderr}`);
  return performance.now() - start;
}
