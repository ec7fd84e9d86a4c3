import { z } from 'zod';
import type { JsonValue } from '../../core/json.ts';
import type { Head } from './head.ts';

/** What is known of one content: that of a live file, of a rotated part of it, or of a file of a folder. */
export type Content = {
  /** As seen from the followed folder, or from the folder of the followed file. */
  readonly path: string;
  /** Device and inode. */
  readonly id: string;
  /** Bytes on disk, and milliseconds since 1970, when it was last read. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly head: Head;
  /** Offset in the uncompressed content up to which records are out. */
  readonly offset: number;
  /** The framer's state at the offset. */
  readonly state?: JsonValue | undefined;
  /** Read to its end, and nobody is expected to write more. */
  readonly done: boolean;
};

export type FilesCheckpoint = {
  readonly version: 1;
  readonly contents: readonly Content[];
  /** Folders: a file whose inode last changed before this time (ms since 1970) and that is not listed was read. */
  readonly readBeforeMs?: number | undefined;
};

/** undefined where it is none of this collector's. */
export function parseCheckpoint(checkpoint: JsonValue): FilesCheckpoint | undefined {
  return CheckpointSchema.safeParse(checkpoint).data;
}

const CheckpointSchema = z.strictObject({
  version: z.literal(1),
  contents: z.array(
    z.strictObject({
      path: z.string(),
      id: z.string(),
      size: z.number(),
      mtimeMs: z.number(),
      head: z.strictObject({ bytes: z.number(), hash: z.string() }),
      offset: z.number(),
      state: z.json().optional(),
      done: z.boolean(),
    }),
  ),
  readBeforeMs: z.number().optional(),
});
