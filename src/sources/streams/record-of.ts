import type { FrameOutput, SourceFormat } from '../../core/source-format.ts';

export interface RecordPlace {
  /** The source's name in the config. */
  readonly source: string;
  /** Exact enough to look at it again: `cloudtrail://eu-central-1/EVENT-ID`. */
  readonly place: string;
}

/** One record that an interface gave as JSON text: redacted, or rejected. */
export function addRecord(format: SourceFormat, { source, place }: RecordPlace, text: string, out: FrameOutput): void {
  const seen = new Date().toISOString();
  const framer = format.frame({ source, file: place, offset: 0 });
  framer.push(Buffer.from(text), seen, out);
  framer.end(seen, out);
}
