import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BUILTIN } from '../src/pipeline/load-stages.ts';
import type { Input } from './inputs.ts';
import { median, print, type Row } from './report.ts';
import type { StageName, StageResult } from './stage.ts';

const STAGE = fileURLToPath(new URL('stage.ts', import.meta.url));
const STAGES: readonly StageName[] = [
  'read',
  'parse',
  'stringify',
  'sha256',
  'frame',
  'normalize',
  'enrich',
  'match',
  'normalize + match',
  'correlate',
  'encode',
];
/** Normalize and match, on one core. */
const AIM_PER_SECOND = 60_000;

/** What each stage alone costs: each run in a process of its own, the medians of several. */
export async function measureStages(input: Input, rules: string, runs: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const description = `${input.lines}.json`;
  writeFileSync(description, JSON.stringify(input));
  for (const stage of STAGES) {
    const results: StageResult[] = [];
    for (let run = 0; run < runs; run++) results.push(await runStage(stage, description, [BUILTIN, rules]));
    rows.push(...rowsOf(`${input.type}: ${stage}`, stage, results));
  }
  return rows;
}

/** `description`: file of an input. */
export async function runStage(stage: StageName, description: string, rules: readonly string[]): Promise<StageResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [STAGE, stage, description, ...rules]);
  return JSON.parse(stdout) as StageResult;
}

function rowsOf(name: string, stage: StageName, results: readonly StageResult[]): readonly Row[] {
  const cpu = median(results.map(({ cpuSeconds, events }) => (cpuSeconds * 1e6) / events));
  const lines = median(results.map((result) => result.lines / result.cpuSeconds));
  const perCore = 1e6 / cpu;
  const cost: Row = {
    name,
    value: cpu,
    unit: 'CPU s per million events',
    note: `${print(lines)} lines per CPU second`,
  };
  if (stage !== 'normalize + match') return [cost];
  return [cost, { name, value: perCore, unit: 'events per CPU second', aim: AIM_PER_SECOND, atLeast: true }];
}
