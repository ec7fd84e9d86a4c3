import type { FileHandle } from 'node:fs/promises';
import { gunzip, GzipBroken, isGzip } from './gunzip.ts';

/** Compressed input is taken in small pieces: one may hold a thousand times its size. */
const GZIP_CHUNK_BYTES = 128 * 1024;
/** So large that turning to the thread pool, which takes as long as decompressing 100 KB, does not show. */
const UNZIPPED_BYTES = 512 * 1024;
export const CHUNK_BYTES = 512 * 1024;

/**
 * The bytes of an open file, decompressed where it begins like gzip, whatever its name. A chunk is valid until the
 * next one is asked for.
 */
export async function* contentOf(handle: FileHandle, chunkBytes: number): AsyncGenerator<Buffer, void, undefined> {
  yield* (await holdsGzip(handle)) ? unzipped(handle) : chunksOf(handle, chunkBytes);
}

/** What is broken is read again in smaller chunks: more of what comes before the defect is whole then. */
async function* unzipped(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  const compressed = (): AsyncGenerator<Buffer> => chunksOf(handle, GZIP_CHUNK_BYTES);
  let given = 0;
  try {
    for await (const chunk of gunzip(compressed(), UNZIPPED_BYTES)) {
      given += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof GzipBroken) || error.truncated) throw error;
    let position = 0;
    for await (const chunk of gunzip(compressed())) {
      const known = Math.min(chunk.length, Math.max(0, given - position));
      position += chunk.length;
      if (known < chunk.length) yield chunk.subarray(known);
    }
  }
}

export async function holdsGzip(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return isGzip(buffer.subarray(0, bytesRead));
}

/** The same for a stream that can be read only once; its first chunk is at least `firstBytes` long if there is as much. */
export async function* contentOfStream(
  stream: AsyncIterable<Buffer>,
  firstBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const source = gathered(stream, firstBytes);
  const first = await source.next();
  if (first.done === true) return;
  const whole = prepend(first.value, source);
  yield* isGzip(first.value) ? gathered(gunzip(whole), firstBytes) : whole;
}

/** The first bytes of a content, at most `bytes`: fewer only where there are no more. */
export async function firstBytes(content: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  for await (const chunk of gathered(content, bytes)) return Buffer.from(chunk.subarray(0, bytes));
  return Buffer.alloc(0);
}

/** The bytes of an open file from `from` up to `to`, as they are. A chunk is valid until the next one is asked for. */
export async function* chunksOf(
  handle: FileHandle,
  chunkBytes: number,
  { from = 0, to = Infinity }: { readonly from?: number; readonly to?: number } = {},
): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = from; position < to;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(chunkBytes, to - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Passes chunks on, the first of them together until they are `bytes` long. */
async function* gathered(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer, void, undefined> {
  let parts: Buffer[] | undefined = [];
  let length = 0;
  for await (const chunk of chunks) {
    if (parts === undefined) {
      yield chunk;
      continue;
    }
    parts.push(Buffer.from(chunk));
    length += chunk.length;
    if (length < bytes) continue;
    yield Buffer.concat(parts, length);
    parts = undefined;
  }
  if (parts !== undefined && length > 0) yield Buffer.concat(parts, length);
}

async function* prepend(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield first;
  yield* rest;
}
