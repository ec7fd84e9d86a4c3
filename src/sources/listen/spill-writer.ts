import {
  closeSync,
  fdatasync,
  ftruncateSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readSync } from 'node:fs';
import { promisify } from 'node:util';
import { decodeRecord } from './spill-record.ts';
import { segmentAt, segmentsIn, type Segment } from './spill-segments.ts';

export interface SpillOptions {
  /** Made 0700 where there is none. */
  readonly folder: string;
  /** Bytes of all segments together. */
  readonly limitBytes: number;
  /** What is put down next stands there or behind: positions that were read before are never used again. */
  readonly floor: number;
}

/** A segment is deleted as a whole: 16 of them keep the limit exact enough. */
const SEGMENTS = 16;
const LARGEST_SEGMENT_BYTES = 64 * 1024 * 1024;

/**
 * A bounded queue on disk. What `append` took is the kernel's: it survives kill -9 of this process, and after `sync` a
 * loss of power as well. Half a record at the end, as a kill within a write leaves it, is cut off at the next opening.
 */
export class SpillWriter {
  readonly #options: SpillOptions;
  readonly #segmentBytes: number;
  #segments: Segment[];
  #fd: number;
  #end: number;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  constructor(options: SpillOptions) {
    this.#options = options;
    this.#segmentBytes = Math.min(Math.ceil(options.limitBytes / SEGMENTS), LARGEST_SEGMENT_BYTES);
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#segments = [...segmentsIn(options.folder)];
    const last = this.#segments.at(-1);
    this.#end = last === undefined ? 0 : last.base + cutTail(last);
    if (last === undefined || this.#end < options.floor) {
      this.#end = Math.max(this.#end, options.floor);
      this.#fd = this.#begin();
    } else this.#fd = openSync(last.path, 'a', 0o600);
  }

  /** Where the next record will stand. */
  get end(): number {
    return this.#end;
  }

  get usedBytes(): number {
    return this.#end - (this.#segments[0]?.base ?? this.#end);
  }

  /** All of the bytes or none; `reserveBytes` may go over the limit. false: full. Throws what the system says where it can't write. */
  append(bytes: Buffer, reserveBytes = 0): boolean {
    if (this.usedBytes + bytes.length > this.#options.limitBytes + reserveBytes) return false;
    if (this.#end - (this.#segments.at(-1)?.base ?? 0) >= this.#segmentBytes) this.#rotate();
    const size = this.#end - (this.#segments.at(-1)?.base ?? 0);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at, bytes.length - at);
    } catch (error) {
      ftruncateSync(this.#fd, size);
      throw error;
    }
    this.#end += bytes.length;
    return true;
  }

  /** Resolves when all that was appended until now is on the disk. Calls that come meanwhile share the next turn. */
  sync(): Promise<void> {
    if (this.#syncing === undefined) return this.#sync();
    return (this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      return this.#sync();
    }));
  }

  /** What stands in front of `position` is not needed any more. `isPressed`: there is no other room. */
  release(position: number, isPressed = false): void {
    for (let next = this.#segments[1]; next !== undefined && next.base <= position; next = this.#segments[1]) {
      const first = this.#segments.shift();
      if (first !== undefined) rmSync(first.path, { force: true });
    }
    const only = this.#segments[0];
    // All was read: a full one makes way, so that the limit counts from here.
    if (position !== this.#end || only === undefined || position === only.base) return;
    if (!isPressed && position - only.base < this.#segmentBytes) return;
    this.#rotate();
    this.#segments.shift();
    rmSync(only.path, { force: true });
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #sync(): Promise<void> {
    const done = promisify(fdatasync)(this.#fd).finally(() => {
      if (this.#syncing === done) this.#syncing = undefined;
    });
    return (this.#syncing = done);
  }

  #rotate(): void {
    const before = this.#fd;
    this.#fd = this.#begin();
    // A sync that is under way still has it.
    void (this.#syncing ?? Promise.resolve()).finally(() => {
      fsyncSync(before);
      closeSync(before);
    });
  }

  #begin(): number {
    const segment = segmentAt(this.#options.folder, this.#end);
    const fd = openSync(segment.path, 'a', 0o600);
    this.#segments.push(segment);
    return fd;
  }
}

const LOOK_BYTES = 4 * 1024 * 1024;

/** Cuts off what is no whole record; how many bytes are left. */
function cutTail({ path }: Segment): number {
  const size = statSync(path).size;
  const fd = openSync(path, 'r+');
  try {
    let from = 0;
    let bytes = Buffer.alloc(0);
    for (;;) {
      const found = decodeRecord(bytes, 0);
      if (found.record !== undefined) {
        from += found.length;
        bytes = bytes.subarray(found.length);
        continue;
      }
      const isMore = found.state === 'incomplete' && from + found.length <= size;
      if (!isMore) break;
      bytes = Buffer.alloc(Math.min(Math.max(LOOK_BYTES, found.length), size - from));
      readSync(fd, bytes, 0, bytes.length, from);
    }
    if (from < size) ftruncateSync(fd, from);
    return from;
  } finally {
    closeSync(fd);
  }
}
