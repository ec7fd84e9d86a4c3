import type { Observation } from '../../src/core/event.ts';
import type { RawRecord, SourceType } from '../../src/core/record.ts';
import type { FrameOutput } from '../../src/core/source-format.ts';
import { FORMATS } from '../../src/sources/formats.ts';

/** The normalized events of one audit file; what is no record is left out. */
export function readEvents(bytes: Buffer, type: SourceType, file: string): readonly Observation[] {
  const format = FORMATS[type];
  const out: FrameOutput = { records: [] as RawRecord[], rejections: [] };
  const seen = new Date(0).toISOString();
  const framer = format.frame({ source: type, file, offset: 0 });
  framer.push(bytes, seen, out);
  framer.end(seen, out);
  return out.records.flatMap((raw) => {
    const normalized = format.normalize(raw);
    return normalized.ok ? [normalized.value] : [];
  });
}
