import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { who } from '../src/respond/who.ts';
import { HOT_SECRET, type Input } from './inputs.ts';
import { median, print, quantile, type Row } from './report.ts';
import { Running } from './running.ts';

interface Result {
  readonly events: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly startSeconds: number;
  readonly maxRssBytes: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly storedBytes: number;
  readonly who: readonly number[];
  readonly accesses: number;
}

const QUESTIONS = 200;

/** All of `whosaw up`: from a whole log that appears until all of it is durable; then `who` over its socket. */
export async function measureThroughput(
  input: Input,
  rules: string,
  folder: string,
  runs: number,
): Promise<readonly Row[]> {
  const results: Result[] = [];
  for (let run = 0; run < runs; run++) {
    results.push(await runOnce(input, rules, join(folder, 'run')));
    rmSync(join(folder, 'run'), { recursive: true });
  }
  return rowsOf(`${input.type}: up`, results);
}

async function runOnce(input: Input, rules: string, folder: string): Promise<Result> {
  const running = await Running.start({ folder, source: { type: input.type }, rules, sink: 'file' });
  running.output.resume();
  const before = await running.usage();
  const start = performance.now();
  linkSync(input.file, running.log);
  const { events } = await running.caughtUp();
  const wallSeconds = (performance.now() - start) / 1e3;
  const after = await running.usage();
  const asked = input.hotReads > 0 ? await askWho(running, input) : { times: [], accesses: 0 };
  const storedBytes = await running.stop();
  return {
    events,
    wallSeconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    startSeconds: before.cpuSeconds,
    maxRssBytes: after.maxRssBytes,
    loopDelayP99Ms: after.loopDelayP99Ms,
    loopDelayMaxMs: after.loopDelayMaxMs,
    storedBytes,
    who: asked.times,
    accesses: asked.accesses,
  };
}

async function askWho(
  { reader }: Running,
  { fromUs, toUs }: Input,
): Promise<{ readonly times: readonly number[]; readonly accesses: number }> {
  const times: number[] = [];
  let accesses = 0;
  for (let count = 0; count < QUESTIONS; count++) {
    const start = performance.now();
    const { retrieved } = await who(reader, HOT_SECRET, { fromUs, toUs });
    times.push(performance.now() - start);
    accesses = retrieved.reduce((sum, group) => sum + group.count, 0);
  }
  return { times, accesses };
}

function rowsOf(name: string, results: readonly Result[]): readonly Row[] {
  const of = (value: (result: Result) => number): number => median(results.map(value));
  const events = of((result) => result.events);
  const rows: Row[] = [
    {
      name,
      value: of(({ events: count, wallSeconds }) => count / wallSeconds),
      unit: 'events/s durable',
      aim: 25_000,
      atLeast: true,
      note: `${print(events)} events`,
    },
    {
      name,
      value: of(({ events: count, cpuSeconds }) => (cpuSeconds * 1e6) / count),
      unit: 'CPU s per million events',
      aim: 60,
      note: `and ${print(of(({ startSeconds }) => startSeconds))} CPU s to start`,
    },
    { name, value: of(({ storedBytes }) => storedBytes) / events, unit: 'bytes an event on disk', aim: 300 },
    { name, value: of(({ maxRssBytes }) => maxRssBytes) / 1e6, unit: 'MB of memory at most' },
    {
      name,
      value: of(({ loopDelayP99Ms }) => loopDelayP99Ms),
      unit: 'ms p99 delay of the event loop',
      note: `max ${print(of(({ loopDelayMaxMs }) => loopDelayMaxMs))} ms`,
    },
  ];
  if (results.every((result) => result.accesses === 0)) return rows;
  const accesses = of((result) => result.accesses);
  const p50 = of((result) => quantile(result.who, 0.5));
  const note = `p50 ${print(p50)} ms; ${print(accesses)} accesses of ${print(events)} events`;
  return [...rows, { name: 'who', value: of((result) => quantile(result.who, 0.99)), unit: 'ms p99', aim: 50, note }];
}
