import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeTrail, writeVaultLog, type Input } from './inputs.ts';
import { measureQuestions } from './questions.ts';
import { measureLatency } from './latency.ts';
import { keep, print, printTable, type Row } from './report.ts';
import { measureRuleCounts } from './rule-counts.ts';
import { writeRules } from './rules.ts';
import { measureScan } from './scan.ts';
import { loadSeeds, type Seeds } from './seeds.ts';
import { FULL, QUICK, type Sizes } from './sizes.ts';
import { measureStages } from './stages.ts';
import { measureThroughput } from './throughput.ts';

const HISTORY = fileURLToPath(new URL('history.json', import.meta.url));
const USAGE =
  'npm run bench -- [--quick] [--runs N] [--only stages|rules|up|latency|scan|questions]... [--history FOLDER]';

interface Place {
  readonly folder: string;
  readonly rules: string;
  readonly seeds: Seeds;
  readonly sizes: Sizes;
}

type Part = (place: Place) => Promise<readonly Row[]>;
const PARTS: Readonly<Record<string, Part>> = { stages, rules, up, latency, scan, questions };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    runs: { type: 'string' },
    only: { type: 'string', multiple: true },
    // Where the long history is kept from run to run: it takes a quarter of an hour to write.
    history: { type: 'string' },
  },
});
const names = values.only ?? Object.keys(PARTS);
const isQuick = values.quick === true;
const sizes = { ...(isQuick ? QUICK : FULL), ...(values.runs === undefined ? {} : { runs: Number(values.runs) }) };
if (names.some((name) => PARTS[name] === undefined) || !(sizes.runs >= 1)) throw new Error(USAGE);
await run(names);

async function run(parts: readonly string[]): Promise<void> {
  const load = loadavg()[0] ?? 0;
  const folder = mkdtempSync(join(tmpdir(), 'whosaw-bench-'));
  try {
    const seeds = loadSeeds();
    console.error(`${seeds.origin}: ${seeds.vault.length} lines of Vault, ${seeds.cloudtrail.length} of CloudTrail`);
    const rules = join(folder, 'rules');
    await writeRules(rules);
    const rows: Row[] = [];
    for (const name of parts) {
      console.error(`measuring ${name} ...`);
      rows.push(...((await PARTS[name]?.({ folder, rules, seeds, sizes })) ?? []));
    }
    console.log(`${printTable(rows)}\n\n${printLoad(load)}`);
    keep(HISTORY, rows, { quick: isQuick, runs: sizes.runs, seeds: seeds.origin, loadBefore: load });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Other work on the machine makes wall times long, and CPU times as well, because cores share what they calculate with. */
function printLoad(load: number): string {
  const cores = availableParallelism();
  const warning =
    load > cores / 4 ? ': other work ran beside; times of the clock say little, compare within this run' : '';
  return `${cores} cores, Node ${process.version}, load before the run ${print(load)}${warning}.`;
}

async function stages({ folder, rules, seeds, sizes }: Place): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const input of inputs(folder, seeds, sizes.stageEvents, sizes.stageEvents)) {
    rows.push(...(await measureStages(input, rules, sizes.runs)));
  }
  return rows;
}

async function rules({ folder, seeds, sizes }: Place): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const input of inputs(folder, seeds, sizes.stageEvents, sizes.stageEvents)) {
    rows.push(...(await measureRuleCounts(input, join(folder, 'counts'), sizes.runs)));
  }
  return rows;
}

async function up({ folder, rules: own, seeds, sizes }: Place): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const input of inputs(folder, seeds, sizes.vaultEvents, sizes.cloudtrailEvents)) {
    rows.push(...(await measureThroughput(input, own, folder, sizes.runs)));
  }
  return rows;
}

async function latency({ folder, rules, sizes }: Place): Promise<readonly Row[]> {
  const at = join(folder, 'latency');
  const { idle, busy } = sizes;
  const rows = await measureLatency({ name: 'idle', eventsPerSecond: 0, aimMs: 250, ...idle }, rules, at);
  const other = { name: '10,000 events/s', eventsPerSecond: 10_000, aimMs: 1_000, ...busy };
  return [...rows, ...(await measureLatency(other, rules, at))];
}

function questions({ folder, rules, seeds, sizes }: Place): Promise<readonly Row[]> {
  return measureQuestions(seeds, rules, values.history ?? join(folder, 'history'), sizes.questions);
}

async function scan({ folder, seeds, sizes }: Place): Promise<readonly Row[]> {
  return seeds.cloudtrail.length === 0 ? [] : measureScan(seeds, join(folder, 'scan'), sizes.scanBytes, sizes.runs);
}

function* inputs(folder: string, seeds: Seeds, vault: number, cloudtrail: number): Generator<Input> {
  const path = (name: string): string => join(folder, name);
  if (seeds.vault.length > 0) yield writeVaultLog(seeds, path('vault.log'), vault, Date.now());
  rmSync(path('vault.log'), { force: true });
  if (seeds.cloudtrail.length > 0) {
    yield writeTrail(seeds, path('trail.json'), path('trail.jsonl'), cloudtrail, Date.now());
  }
}
