import { basename, dirname } from 'node:path';
import type { FrameContext } from '../../core/source-format.ts';
import type { Batch } from './batch.ts';
import { contentOf } from './content.ts';
import { isFileError } from './file-error.ts';
import type { FollowerOptions } from './follow-options.ts';
import type { FollowedFile, Reading } from './followed-file.ts';
import { GzipBroken } from './gunzip.ts';
import { beginsWith, headOf } from './head.ts';
import type { Inventory } from './inventory.ts';
import { isMissing } from './listing.ts';
import type { Listing } from './listing.ts';
import type { Notices } from './notices.ts';
import { gzipLength, lastLineEnd, openContent, readHead } from './open-content.ts';
import type { OpenContent } from './open-content.ts';

/** gzip tells a content's length modulo this. */
const GZIP_LENGTH_MODULUS = 2 ** 32;
/** A gzip file whose inode did not change for so many times `stableMs` needs no watching. */
const LONG_STABLE = 10;

export interface FileReaderParts {
  readonly listing: Listing;
  readonly inventory: Inventory;
  readonly notices: Notices;
  readonly batch: Batch;
}

/** Reads on in one file: opens it, finds out what it holds, and frames what is new. */
export class FileReader {
  readonly #options: FollowerOptions;
  readonly #parts: FileReaderParts;
  readonly #signal: AbortSignal;
  readonly #buffer: Buffer;

  constructor(options: FollowerOptions, parts: FileReaderParts, signal: AbortSignal) {
    this.#options = options;
    this.#parts = parts;
    this.#signal = signal;
    this.#buffer = Buffer.allocUnsafe(options.limits.chunkBytes);
  }

  /** Yields when the batch should be handed on. A file that can't be read is tried again later. */
  async *advance(file: FollowedFile): AsyncGenerator<void, void, undefined> {
    if (file.isParked || file.original !== undefined || performance.now() < file.nextTryAt) return;
    try {
      file.reading ??= await this.#open(file);
      if (file.reading === undefined) return;
      yield* file.reading.isGzip ? this.#readGzip(file, file.reading) : this.#readPlain(file, file.reading);
    } catch (cause) {
      if (!isFileError(cause)) throw cause;
      await file.close();
      file.nextTryAt = performance.now() + this.#options.timing.retryMs;
      file.isBlocked = true;
      if (!isMissing(cause)) this.#parts.notices.blocked(file.path, cause);
    }
  }

  async #open(file: FollowedFile): Promise<Reading | undefined> {
    const opened = await openContent(file.path, file.id);
    if (opened === undefined) {
      this.#parts.listing.touch(dirname(file.path), basename(file.path));
      return undefined;
    }
    this.#parts.notices.readable(file.path);
    file.isBlocked = false;
    let reading: Reading | undefined;
    try {
      if (!opened.isGzip || this.#isStable(file, opened)) reading = await this.#begin(file, opened);
    } finally {
      if (reading === undefined) await opened.handle.close();
    }
    return reading;
  }

  /** undefined where there is nothing to read in it. */
  async #begin(file: FollowedFile, { handle, stats, isGzip }: OpenContent): Promise<Reading | undefined> {
    const head = await readHead(handle, isGzip);
    const { inventory } = this.#parts;
    const claim = inventory.claim(file, head, isGzip ? Infinity : stats.size);
    if (claim === 'copy') return undefined;
    file.head = headOf(head);
    file.quietSince = performance.now() - Math.max(0, Date.now() - stats.mtimeMs);
    if (claim === 'new' && file.startsAtEnd) {
      file.offset = await (isGzip ? gzipLength(handle, stats.size) : lastLineEnd(handle, stats.size));
      file.startsAtEnd = false;
    }
    if (isGzip && file.offset > 0 && file.offset % GZIP_LENGTH_MODULUS === (await gzipLength(handle, stats.size))) {
      inventory.finished(file);
      return undefined;
    }
    file.isDone = false;
    const context = this.contextOf(file);
    const state = claim === 'new' && this.#options.format.carriesOver === true ? inventory.takeState(file) : file.state;
    const framer = this.#options.format.frame(context, state);
    const frameAt = (offset: number) => this.#options.format.frame({ ...context, offset });
    return { handle, isGzip, frameAt, framer, position: file.offset, isAtEnd: false };
  }

  contextOf(file: FollowedFile): FrameContext {
    const { name, cluster } = this.#options;
    const context = { source: name, file: file.path, offset: file.offset };
    return cluster === undefined ? context : { ...context, cluster };
  }

  /** Nobody is still writing it. */
  #isStable(file: FollowedFile, { stats }: OpenContent): boolean {
    const { stableMs } = this.#options.timing;
    const isOther = file.differsFrom(stats);
    this.#looked(file, stats);
    if (Date.now() - stats.ctimeMs > LONG_STABLE * stableMs) return true;
    const now = performance.now();
    if (isOther) file.quietSince = now;
    file.nextTryAt = file.quietSince + stableMs;
    return now >= file.nextTryAt;
  }

  #looked(file: FollowedFile, { size, mtimeMs, ctimeMs }: OpenContent['stats']): void {
    file.size = size;
    file.mtimeMs = mtimeMs;
    file.ctimeMs = ctimeMs;
  }

  async *#readPlain(file: FollowedFile, reading: Reading): AsyncGenerator<void, void, undefined> {
    const stats = await reading.handle.stat();
    if (stats.size < reading.position || (file.differsFrom(stats) && !(await this.#isSameContent(file, reading)))) {
      await this.#restart(file);
      return;
    }
    this.#looked(file, stats);
    if (reading.position < stats.size && reading.isAtEnd) file.quietSince = performance.now();
    while (reading.position < stats.size && !this.#signal.aborted) {
      const length = Math.min(this.#buffer.length, stats.size - reading.position);
      const { bytesRead } = await reading.handle.read(this.#buffer, 0, length, reading.position);
      if (bytesRead === 0) break;
      reading.position += bytesRead;
      if (this.#push(reading, this.#buffer.subarray(0, bytesRead))) yield;
    }
    reading.isAtEnd = reading.position >= stats.size;
  }

  /** The first bytes are what they were, and maybe more. */
  async #isSameContent(file: FollowedFile, { handle }: Reading): Promise<boolean> {
    const head = await readHead(handle, false);
    if (file.head.bytes > 0 && !beginsWith(head, file.head)) return false;
    if (head.length > file.head.bytes) file.head = headOf(head);
    return true;
  }

  /** Somebody truncated the file: it starts over, and its old content may turn up as a copy. */
  async #restart(file: FollowedFile): Promise<void> {
    const { inventory, notices } = this.#parts;
    notices.truncated(file.path, file.reading?.framer.offset ?? file.offset);
    await file.close();
    inventory.replaced(file);
    if (file.isLost) inventory.retire(file);
  }

  async *#readGzip(file: FollowedFile, reading: Reading): AsyncGenerator<void, void, undefined> {
    if (reading.isAtEnd) return;
    if (reading.broken !== undefined) {
      const stats = await reading.handle.stat();
      if (stats.size !== reading.broken.size) await file.close();
      return;
    }
    try {
      let at = 0;
      for await (const chunk of contentOf(reading.handle, this.#buffer.length)) {
        if (this.#signal.aborted) return;
        const known = Math.max(0, reading.position - at);
        at += chunk.length;
        if (known >= chunk.length) continue;
        reading.position = at;
        if (this.#push(reading, chunk.subarray(known))) yield;
      }
      reading.isAtEnd = true;
    } catch (cause) {
      if (!(cause instanceof GzipBroken)) throw cause;
      reading.broken = { size: file.size, cause };
    }
  }

  #push(reading: Reading, bytes: Buffer): boolean {
    reading.framer.push(bytes, new Date().toISOString(), this.#parts.batch.out);
    return this.#parts.batch.isFullAfter(bytes.length);
  }
}
