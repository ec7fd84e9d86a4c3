import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { contentOf, firstBytes, holdsGzip } from './content.ts';
import { GzipBroken } from './gunzip.ts';
import { HEAD_BYTES } from './head.ts';
import { idOf } from './listing.ts';

export interface OpenContent {
  readonly handle: FileHandle;
  readonly stats: Stats;
  readonly isGzip: boolean;
}

/** Opens the file at `path` if it still is the inode `id`. */
export async function openContent(path: string, id: string): Promise<OpenContent | undefined> {
  const handle = await open(path);
  try {
    const stats = await handle.stat();
    if (idOf(stats) === id) return { handle, stats, isGzip: await holdsGzip(handle) };
  } catch (cause) {
    await handle.close();
    throw cause;
  }
  await handle.close();
  return undefined;
}

/** The first KiB of the content; of damaged gzip data nothing, reading on will tell. */
export async function readHead(handle: FileHandle, isGzip: boolean): Promise<Buffer> {
  if (!isGzip) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  }
  try {
    return await firstBytes(contentOf(handle, HEAD_BYTES), HEAD_BYTES);
  } catch (cause) {
    if (cause instanceof GzipBroken) return Buffer.alloc(0);
    throw cause;
  }
}

/** Length of the content as gzip's trailer tells it, modulo 4 GiB; of several members the last one's only. */
export async function gzipLength(handle: FileHandle, size: number): Promise<number> {
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
  return buffer.readUInt32LE(0);
}

const LOOK_BACK_BYTES = 1024 * 1024;

/** Where the last whole line ends; the file's end where none ends within the last MiB. */
export async function lastLineEnd(handle: FileHandle, size: number): Promise<number> {
  const start = Math.max(0, size - LOOK_BACK_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  const newline = buffer.subarray(0, bytesRead).lastIndexOf('\n');
  if (newline === -1) return start === 0 ? 0 : size;
  return start + newline + 1;
}
