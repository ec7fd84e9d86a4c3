import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import type { Seeds } from './seeds.ts';
import { cloudtrailTemplate, fill, readsOf, vaultTemplate } from './templates.ts';
import { trailTime, vaultClock } from './times.ts';

/** A generated log. */
export interface Input {
  readonly type: 'vault' | 'cloudtrail';
  readonly file: string;
  /** The same records, one a line. */
  readonly lines: string;
  readonly lineCount: number;
  /** Vault: responses; an event each. */
  readonly events: number;
  readonly bytes: number;
  /** Reads of HOT_SECRET among them. */
  readonly hotReads: number;
  /** First and last event, microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** Every so many events somebody reads this secret: 10,000 accesses in a million events. */
export const HOT_SECRET = 'bench/hot';
const HOT_EVERY = 100;
/** A trail file holds so many records. */
const TRAIL_RECORDS = 500;
const SPREAD_US = 600_000_000;
const WRITE_BYTES = 4 << 20;

/** The seeds again and again, each time with new ids, in order of time, within the ten minutes before `endMs`. */
export function writeVaultLog(seeds: Seeds, file: string, events: number, endMs: number): Input {
  const templates = seeds.vault.map(vaultTemplate);
  const isResponse = seeds.vault.map((line) => line.includes('"type":"response"'));
  const hot = readsOf(seeds.vault, HOT_SECRET);
  const clock = vaultClock();
  const fromUs = endMs * 1_000 - SPREAD_US;
  const stepUs = SPREAD_US / (events * 2);
  const out = new LineWriter(file);
  let count = 0;
  let hotReads = 0;
  const write = (line: string): void => out.line(line);
  const now = (): string => clock(fromUs + out.count * stepUs);
  for (let copy = 0; count < events; copy++) {
    for (let index = 0; index < templates.length && count < events; index++) {
      const template = templates[index];
      if (template === undefined) continue;
      write(fill(template, now(), copy));
      if (isResponse[index] !== true) continue;
      count += 1;
      const read = hot[(count / HOT_EVERY) % hot.length];
      if (count % HOT_EVERY !== 0 || read === undefined) continue;
      write(fill(read.request, now(), HOT_IDS + count));
      write(fill(read.response, now(), HOT_IDS + count));
      count += 1;
      hotReads += 1;
    }
  }
  out.close();
  return {
    type: 'vault',
    file,
    lines: file,
    lineCount: out.count,
    events: count,
    bytes: statSync(file).size,
    hotReads,
    fromUs,
    toUs: endMs * 1_000,
  };
}

/** Ids of copies begin below. */
const HOT_IDS = 0x8000_0000;

/** The same as trail files are, all in one file, and as lines in `lines`. */
export function writeTrail(seeds: Seeds, file: string, lines: string, events: number, endMs: number): Input {
  const templates = seeds.cloudtrail.map(cloudtrailTemplate);
  const fromUs = endMs * 1_000 - SPREAD_US;
  const stepUs = SPREAD_US / events;
  const out = new LineWriter(lines);
  const files = new LineWriter(file);
  let records: string[] = [];
  const flush = (): void => {
    if (records.length > 0) files.line(`{"Records":[${records.join(',')}]}`);
    records = [];
  };
  for (let count = 0; count < events; count++) {
    const template = templates[count % templates.length];
    if (template === undefined) continue;
    const line = fill(template, trailTime(fromUs + count * stepUs), Math.floor(count / templates.length));
    out.line(line);
    if (records.push(line) === TRAIL_RECORDS) flush();
  }
  flush();
  out.close();
  files.close();
  const bytes = statSync(file).size;
  return {
    type: 'cloudtrail',
    file,
    lines,
    lineCount: out.count,
    events: out.count,
    bytes,
    hotReads: 0,
    fromUs,
    toUs: endMs * 1_000,
  };
}

class LineWriter {
  count = 0;
  readonly #handle: number;
  #pending: string[] = [];
  #length = 0;

  constructor(file: string) {
    this.#handle = openSync(file, 'w', 0o600);
  }

  line(text: string): void {
    this.count += 1;
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length > WRITE_BYTES) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#handle);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending.length === 0 ? '' : `${this.#pending.join('\n')}\n`);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at);
    this.#pending = [];
    this.#length = 0;
  }
}
