import { spawn } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { readTarGz } from '../test/rules/tar.ts';
import { median, print, type Row } from './report.ts';
import type { Seeds } from './seeds.ts';
import { cloudtrailTemplate, fill } from './templates.ts';
import { trailTime } from './times.ts';

/** What users start: it keeps what Node compiled of the program for the next start. */
const CLI = fileURLToPath(new URL('../bin/whosaw.js', import.meta.url));
const FLOOR = fileURLToPath(new URL('scan-floor.ts', import.meta.url));
const REPORT = new URL('scan-usage.ts', import.meta.url).href;
const FILE_BYTES = 32 << 20;
const BUILTIN = 'builtin';
const FIRST_US = Date.UTC(2025, 2, 15) * 1_000;

/** What one process took, of all its threads. */
interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly maxRssBytes: number;
}

interface Job {
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * `whosaw scan` over archives of CloudTrail beside what no engine can do without: reading them, and JSON.parse of
 * everything in two threads. Interleaved, each in a process of its own.
 */
export async function measureScan(seeds: Seeds, folder: string, bytes: number, runs: number): Promise<readonly Row[]> {
  const inputs = await writeArchives(seeds, join(folder, 'archives'), bytes);
  const rules = writeSigmaRules(join(folder, 'sigma')) ?? BUILTIN;
  const rows: Row[] = [];
  const usage = join(folder, 'usage.json');
  // The first start keeps what it compiled.
  for (const path of inputs.values()) {
    await runOnce([CLI, 'scan', path, '--quiet', '--rules', rules], usage);
    break;
  }
  for (const [name, path] of inputs) {
    const jobs: readonly Job[] = [
      { name: 'read', args: [FLOOR, 'read', path] },
      { name: 'JSON.parse', args: [FLOOR, 'parse', path] },
      { name: 'scan', args: [CLI, 'scan', path, '--quiet', '--rules', rules] },
    ];
    const usages = new Map<string, Usage[]>(jobs.map((job) => [job.name, []]));
    for (let run = 0; run < runs; run++) {
      for (const job of jobs) usages.get(job.name)?.push(await runOnce(job.args, usage));
    }
    rows.push(...rowsOf(`scan of ${name}`, usages));
  }
  return rows;
}

function rowsOf(name: string, usages: ReadonlyMap<string, readonly Usage[]>): readonly Row[] {
  const of = (job: string, value: (usage: Usage) => number): number => median((usages.get(job) ?? []).map(value));
  const seconds = (job: string): string =>
    `${job} ${print(of(job, ({ wallSeconds }) => wallSeconds))} s, CPU ${print(of(job, ({ cpuSeconds }) => cpuSeconds))} s`;
  const wall = (job: string): number => of(job, ({ wallSeconds }) => wallSeconds);
  const cpu = (job: string): number => of(job, ({ cpuSeconds }) => cpuSeconds);
  const note = [...usages.keys()].map(seconds).join('; ');
  return [
    { name, value: wall('scan') / wall('JSON.parse'), unit: 'of the wall time of JSON.parse', aim: 0.85, note },
    { name, value: cpu('scan') / cpu('JSON.parse'), unit: 'of the CPU time of JSON.parse', aim: 0.7 },
    { name, value: of('scan', ({ maxRssBytes }) => maxRssBytes) / 1e6, unit: 'MB of memory at most', aim: 400 },
  ];
}

async function runOnce(args: readonly string[], file: string): Promise<Usage> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', REPORT, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WHOSAW_BENCH_USAGE: file, XDG_CACHE_HOME: join(dirname(file), 'cache') },
  });
  await new Promise<void>((resolve, reject) => {
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}.`))));
  });
  const wallSeconds = (performance.now() - start) / 1e3;
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<Usage, 'wallSeconds'>), wallSeconds };
}

/** The same records in trail files, in one large file, in lines, and compressed. */
async function writeArchives(seeds: Seeds, folder: string, bytes: number): Promise<ReadonlyMap<string, string>> {
  const folders = ['files', 'files.gz'].map((name) => join(folder, name));
  for (const path of folders) mkdirSync(path, { recursive: true });
  const [files = '', zipped = ''] = folders;
  const large = join(folder, 'large.json');
  const lines = join(folder, 'lines.jsonl');
  const records = copies(seeds, bytes);
  await pipeline(joined(records(), '{"Records":[', ',', ']}'), createWriteStream(large));
  await pipeline(joined(records(), '', '\n', '\n'), createWriteStream(lines));
  let some: string[] = [];
  let length = 0;
  let count = 0;
  for (const record of records()) {
    some.push(record);
    length += record.length;
    if (length < FILE_BYTES) continue;
    writeFileSync(join(files, trailName(count++)), `{"Records":[${some.join(',')}]}`);
    some = [];
    length = 0;
  }
  writeFileSync(join(files, trailName(count++)), `{"Records":[${some.join(',')}]}`);
  for (const name of readdirSync(files)) await zip(join(files, name), join(zipped, `${name}.gz`));
  await zip(large, `${large}.gz`);
  return new Map([
    [`${count} files, ${sizeOf(large)}`, files],
    [`${count} files as .gz`, zipped],
    ['one file', large],
    ['one file as .gz', `${large}.gz`],
    ['one file of lines', lines],
  ]);
}

function trailName(number: number): string {
  return `111122223333_CloudTrail_eu-west-1_${String(number).padStart(4, '0')}.json`;
}

function sizeOf(file: string): string {
  return `${print(statSync(file).size / 1e9)} GB`;
}

async function zip(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createGzip(), createWriteStream(to));
}

/** The seeds again and again with new ids, as much as `bytes`. */
function copies(seeds: Seeds, bytes: number): () => Generator<string> {
  // By this key the floor finds records.
  const templates = seeds.cloudtrail.filter((line) => line.startsWith('{"eventVersion"')).map(cloudtrailTemplate);
  return function* () {
    let length = 0;
    for (let copy = 0; length < bytes; copy++) {
      for (const [index, template] of templates.entries()) {
        const record = fill(template, trailTime(FIRST_US + index * 2_000_000), copy);
        length += record.length;
        yield record;
      }
    }
  };
}

function* joined(parts: Iterable<string>, before: string, between: string, after: string): Generator<string> {
  let pending = before;
  let isFirst = true;
  for (const part of parts) {
    pending += isFirst ? part : between + part;
    isFirst = false;
    if (pending.length < 1 << 20) continue;
    yield pending;
    pending = '';
  }
  yield pending + after;
}

/** The AWS rules of SigmaHQ; undefined where there are none. */
function writeSigmaRules(folder: string): string | undefined {
  const corpora = process.env['WHOSAW_CORPORA'] ?? fileURLToPath(new URL('../../shared/corpora', import.meta.url));
  const archive = join(corpora, 'sigma/sigmahq-rules.tar.gz');
  if (!existsSync(archive)) return undefined;
  for (const [file, text] of readTarGz(readFileSync(archive))) {
    if (!file.includes('rules/cloud/aws/')) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}
