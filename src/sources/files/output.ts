import type { FrameContext, FrameOutput } from '../../core/source-format.ts';
import type { RawRecord, Rejection } from '../../core/record.ts';
import type { GzipBroken } from './gunzip.ts';

export function newOutput(): FrameOutput {
  return { records: [], rejections: [] };
}

/** What has gathered, leaving `out` empty; undefined where there is nothing. */
export function takeOutput(out: FrameOutput): { records: RawRecord[]; rejections: Rejection[] } | undefined {
  if (out.records.length === 0 && out.rejections.length === 0) return undefined;
  return { records: out.records.splice(0), rejections: out.rejections.splice(0) };
}

/** Stands for all that a broken gzip file does not give: the content ends at `offset`, its true length is unknown. */
export function brokenGzip(context: FrameContext, offset: number, broken: GzipBroken): Rejection {
  const { source, file } = context;
  return {
    origin: file === undefined ? { source, offset } : { source, file, offset },
    reason: 'truncated',
    message: broken.truncated
      ? 'The gzip file ends early: what follows here is missing.'
      : 'The gzip file is damaged: what follows here can not be read.',
    length: 0,
    keys: [],
  };
}
