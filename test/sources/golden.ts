import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeEvent } from '../../src/core/encode-event.ts';
import type { Observation } from '../../src/core/event.ts';
import type { RawRecord, Rejection } from '../../src/core/record.ts';
import type { FrameOutput, SourceFormat } from '../../src/core/source-format.ts';

export const SEEN = '2026-03-02T08:16:00Z';

/** What a file gives from its first byte to its end: documents as they are stored, and rejections. */
export interface Golden {
  readonly events: readonly unknown[];
  readonly rejections: readonly Rejection[];
}

export interface Taken {
  readonly raws: readonly RawRecord[];
  readonly observations: readonly Observation[];
  readonly rejections: readonly Rejection[];
}

export function takeAll(format: SourceFormat, bytes: Buffer, file: string): Taken {
  const out: FrameOutput = { records: [], rejections: [] };
  const framer = format.frame({ source: format.type, file, offset: 0 });
  framer.push(bytes, SEEN, out);
  framer.end(SEEN, out);
  const results = out.records.map((raw) => format.normalize(raw));
  const observations = results.flatMap((result) => (result.ok ? [result.value] : []));
  const rejected = results.flatMap((result) => (result.ok ? [] : [result.error]));
  return { raws: out.records, observations, rejections: [...out.rejections, ...rejected] };
}

export function golden(format: SourceFormat, bytes: Buffer, file: string): Golden {
  const { observations, rejections } = takeAll(format, bytes, file);
  return { events: observations.map((observation): unknown => JSON.parse(encodeEvent(observation))), rejections };
}

export interface GoldenCase {
  readonly name: string;
  readonly file: string;
  readonly input: Buffer;
  readonly expectedPath: string;
}

/** `<case>.json` or `<case>.jsonl`, beside `<case>.expected.json`. */
export function goldenCases(vendor: string): readonly GoldenCase[] {
  const folder = fileURLToPath(new URL(`../fixtures/${vendor}/`, import.meta.url));
  const inputs = readdirSync(folder).filter((file) => /\.jsonl?$/.test(file) && !file.endsWith('.expected.json'));
  return inputs.map((file) => {
    const name = file.replace(/\.jsonl?$/, '');
    return { name, file, input: readFileSync(folder + file), expectedPath: `${folder}${name}.expected.json` };
  });
}
