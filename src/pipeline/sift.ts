import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { FrameContext, Framer } from '../core/source-format.ts';
import { ROOM_BEFORE } from '../lib/json-walk.ts';
import { cloudtrail } from '../sources/aws/cloudtrail.ts';
import type { CloudTrailSieve } from '../sources/aws/sieve.ts';
import { contentOf, holdsGzip } from '../sources/files/content.ts';
import { detectSource } from '../sources/files/detect-source.ts';
import { isFileError, unreadable } from '../sources/files/file-error.ts';
import { GzipBroken } from '../sources/files/gunzip.ts';
import { brokenGzip, newOutput } from '../sources/files/output.ts';
import type { SiftEnd, SiftPiece, SiftTask } from './sift-messages.ts';

/** So much of a file makes a piece. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Reads one file or part with the sieve: hands over what it gives, piece by piece, and says how it ended. */
export async function sift(
  task: SiftTask,
  sieve: CloudTrailSieve,
  give: (piece: SiftPiece) => Promise<void>,
): Promise<SiftEnd> {
  const { file, part } = task;
  const context = { source: cloudtrail.type, file, offset: part?.from ?? 0, sieve, roomBefore: ROOM_BEFORE };
  const out = newOutput();
  let framer: Framer | undefined;
  let position = context.offset;
  let gathered = 0;
  const takeAll = (): SiftPiece => {
    gathered = 0;
    return { notes: sieve.drain(), records: out.records.splice(0), rejections: out.rejections.splice(0), seen: now() };
  };
  try {
    for await (const chunk of contentIn(sieve.room, task)) {
      if (framer === undefined) {
        const verdict = task.isCloudTrail ? cloudtrail.type : detectSource(chunk, file);
        if (verdict === undefined) return { kind: 'skipped' };
        if (verdict !== cloudtrail.type) return { kind: 'unfit' };
        framer = newFramer(context, task);
      }
      position += chunk.length;
      gathered += chunk.length;
      framer.push(chunk, now(), out);
      if (gathered >= PIECE_BYTES) await give(takeAll());
    }
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    if (part !== undefined) return { kind: 'unfit' };
    if (!(cause instanceof GzipBroken) || framer === undefined) {
      await give(takeAll());
      framer?.end(now(), out);
      const { message, retryable } = unreadable(file, cause);
      return { kind: 'unreadable', message, retryable, rest: takeAll() };
    }
    out.rejections.push(brokenGzip(context, position, cause));
  }
  if (part?.to !== undefined) {
    const isFit = framer?.offset === part.to && (framer.state() ?? '') === part.state;
    await give(takeAll());
    return { kind: isFit ? 'read' : 'unfit' };
  }
  framer?.end(now(), out);
  await give(takeAll());
  return { kind: 'read' };
}

function newFramer(context: FrameContext, { part }: SiftTask): Framer {
  const isInside = part !== undefined && part.from > 0 && part.state !== '';
  return cloudtrail.frame(context, isInside ? part.state : undefined);
}

/** What the task has to read, in pieces that are put into `room`. */
async function* contentIn(room: Buffer, { file, part }: SiftTask): AsyncGenerator<Buffer, void, undefined> {
  const handle = await open(file);
  try {
    if (part === undefined && (await holdsGzip(handle))) yield* unzipped(room, handle);
    else yield* bytesOf(room, handle.fd, part);
  } finally {
    await handle.close();
  }
}

async function* unzipped(room: Buffer, handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of contentOf(handle, room.length)) {
    for (let from = 0; from < chunk.length; from += room.length) {
      yield room.subarray(0, chunk.copy(room, 0, from));
    }
  }
}

/** Nothing else is to be done in this thread, so that nobody waits while it reads. */
function* bytesOf(room: Buffer, file: number, part: SiftTask['part']): Generator<Buffer, void, undefined> {
  const { from = 0, to = Infinity } = part ?? {};
  for (let position = from; position < to;) {
    const length = readSync(file, room, 0, Math.min(room.length, to - position), position);
    if (length === 0) return;
    position += length;
    yield room.subarray(0, length);
  }
}

function now(): string {
  return new Date().toISOString();
}
