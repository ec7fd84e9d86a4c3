import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Observation } from '../src/core/event.ts';
import type { RawRecord } from '../src/core/record.ts';
import type { FrameOutput } from '../src/core/source-format.ts';
import { Correlator } from '../src/detect/correlate.ts';
import { detect, type Detected } from '../src/detect/detect.ts';
import { sha256 } from '../src/lib/hash.ts';
import { loadStages } from '../src/pipeline/load-stages.ts';
import { observe, type Stages } from '../src/pipeline/observe.ts';
import { packBatch } from '../src/stores/duckdb/packed-batch.ts';
import type { Input } from './inputs.ts';
import { Meter, type Cost } from './meter.ts';

export type StageName =
  | 'read'
  | 'parse'
  | 'stringify'
  | 'sha256'
  | 'frame'
  | 'normalize'
  | 'enrich'
  | 'match'
  | 'normalize + match'
  | 'correlate'
  | 'encode';

export interface StageResult extends Cost {
  readonly lines: number;
  /** Events, or what became of the lines where a stage does not know events. */
  readonly events: number;
}

const CHUNK_BYTES = 256 * 1024;
const BATCH = 2_000;
const LATENESS_MS = 1_800_000;
const HITS_LIMIT = 2_000_000;

const EXPECTATIONS = fileURLToPath(new URL('expectations.yaml', import.meta.url));

/** `rules`: folders, and `builtin`. */
async function run([name, inputFile = '', ...rules]: readonly string[]): Promise<StageResult> {
  const input = JSON.parse(readFileSync(inputFile, 'utf8')) as Input;
  const meter = new Meter();
  const { stages } = await loadStages({ rules, expectations: EXPECTATIONS });
  // whosaw runs for weeks: what the first calls cost, before they are compiled, is not what is asked.
  runStage(name as StageName, input, stages, new Meter());
  const events = runStage(name as StageName, input, stages, meter);
  return { ...meter.cost, lines: input.lineCount, events };
}

function runStage(stage: StageName, input: Input, stages: Stages, meter: Meter): number {
  switch (stage) {
    case 'read':
      for (const _ of chunks(input.file, meter));
      return input.events;
    case 'parse':
      return overLines(input, (lines) => meter.run(() => lines.forEach((line) => void JSON.parse(line.toString()))));
    case 'stringify':
      return overLines(input, (lines) => {
        const values = lines.map((line): unknown => JSON.parse(line.toString()));
        meter.run(() => values.forEach((value) => void JSON.stringify(value)));
      });
    case 'sha256':
      return overLines(input, (lines) => {
        const texts = lines.map((line) => line.toString());
        meter.run(() => texts.forEach((text) => void sha256(text)));
      });
    case 'frame':
      return frame(input, stages, meter, () => undefined);
    case 'normalize':
      return frame(input, stages, undefined, (records) => void meter.run(() => normalize(records, stages)));
    case 'enrich':
      return frame(input, stages, undefined, (records) => {
        const events = normalize(records, stages);
        meter.run(() => events.map((event) => stages.enricher.enrich(event)));
      });
    case 'match':
      return frame(input, stages, undefined, (records) => {
        const events = normalize(records, stages).map((event) => stages.enricher.enrich(event));
        meter.run(() => events.map((event) => detect(stages.rules, event)));
      });
    case 'normalize + match':
      return frame(input, stages, undefined, (records) => void meter.run(() => observeAll(records, stages)));
    case 'correlate':
      return correlate(input, stages, meter);
    case 'encode':
      return frame(input, stages, undefined, (records) => {
        const observations = observeAll(records, stages).map(({ observation }) => observation);
        meter.run(() => packBatch({ ...NOTHING, observations, appendedMs: Date.now() }));
      });
  }
}

const NOTHING = { rejections: [], alerts: [], marks: [], checkpoints: [], notifications: [] } as const;

function correlate(input: Input, stages: Stages, meter: Meter): number {
  const options = { latenessMs: LATENESS_MS, hitsLimit: HITS_LIMIT };
  const correlator = new Correlator(stages.rules.correlations, options);
  return frame(input, stages, undefined, (records) => {
    const hits = observeAll(records, stages).map((detected) => detected.hits);
    meter.run(() => correlator.apply(hits, Date.now()));
  });
}

function normalize(records: readonly RawRecord[], { formats }: Stages): Observation[] {
  return records.flatMap((record) => {
    const normalized = formats[record.type].normalize(record);
    return normalized.ok ? [normalized.value] : [];
  });
}

function observeAll(records: readonly RawRecord[], stages: Stages): Detected[] {
  return records.flatMap((record) => {
    const observed = observe(record, stages);
    return observed.ok ? [observed.value] : [];
  });
}

/** Events of the input, in batches. `meter`: of the framing. */
function frame(
  input: Input,
  { formats }: Stages,
  meter: Meter | undefined,
  take: (records: readonly RawRecord[]) => void,
): number {
  const framer = formats[input.type].frame({ source: 'bench', file: input.file, cluster: 'bench', offset: 0 });
  let out: FrameOutput = { records: [], rejections: [] };
  let events = 0;
  const flush = (): void => {
    events += out.records.length;
    take(out.records);
    out = { records: [], rejections: [] };
  };
  const seen = new Date().toISOString();
  for (const chunk of chunks(input.file)) {
    const push = (): void => framer.push(chunk, seen, out);
    if (meter === undefined) push();
    else meter.run(push);
    if (out.records.length >= BATCH) flush();
  }
  framer.end(seen, out);
  flush();
  return events;
}

function overLines(input: Input, take: (lines: readonly Buffer[]) => void): number {
  let rest = Buffer.alloc(0);
  for (const chunk of chunks(input.lines)) {
    const bytes = Buffer.concat([rest, chunk]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
    take(lines);
  }
  return input.events;
}

function* chunks(file: string, meter?: Meter): Generator<Buffer> {
  const handle = openSync(file, 'r');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const read = (): number => readSync(handle, buffer);
  for (;;) {
    const length = meter === undefined ? read() : meter.run(read);
    if (length === 0) break;
    yield buffer.subarray(0, length);
  }
  closeSync(handle);
}

/** Entry of a child process: runs one stage over an input, and prints what that stage alone took. */
console.log(JSON.stringify(await run(process.argv.slice(2))));
