import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';

/** Small enough that little is lost with a broken block. */
const CHUNK_BYTES = 128 * 1024;

/**
 * Decompresses a stream, also one of several gzip members. Memory stays within a few input chunks' content. What came
 * before a defect is given out; then it throws GzipBroken.
 */
export async function* gunzip(
  compressed: AsyncIterable<Buffer>,
  chunkSize = CHUNK_BYTES,
): AsyncGenerator<Buffer, void, undefined> {
  const zip = createGunzip({ chunkSize });
  const ready: Buffer[] = [];
  const ended = endOf(zip);
  zip.on('data', (chunk: Buffer) => ready.push(chunk));
  try {
    for await (const chunk of compressed) {
      const outcome = await Promise.race([ended, written(zip, chunk)]);
      yield* ready.splice(0);
      if (outcome instanceof GzipBroken) throw outcome;
      if (outcome === 'end') return;
    }
    zip.end();
    const outcome = await ended;
    yield* ready.splice(0);
    if (outcome instanceof GzipBroken) throw outcome;
  } finally {
    zip.destroy();
  }
}

/** `truncated`: the stream only ends early; what follows may come yet. */
export class GzipBroken extends Error {
  readonly truncated: boolean;

  constructor(cause: Error) {
    super('The gzip data is broken.', { cause });
    this.name = 'GzipBroken';
    this.truncated = 'code' in cause && cause.code === 'Z_BUF_ERROR';
  }
}

export function isGzip(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Resolves, whatever comes of it: a stream that is left early must not leave a rejection behind. */
function endOf(zip: Gunzip): Promise<'end' | GzipBroken> {
  return new Promise((resolve) => {
    zip.once('end', () => resolve('end'));
    zip.once('error', (error: Error) => resolve(new GzipBroken(error)));
  });
}

function written(zip: Gunzip, chunk: Buffer): Promise<'written'> {
  return new Promise((resolve) => {
    zip.write(chunk, () => resolve('written'));
  });
}
