import type { FileHandle } from 'node:fs/promises';
import type { JsonValue } from '../../core/json.ts';
import type { Framer } from '../../core/source-format.ts';
import type { Content } from './checkpoint.ts';
import { NO_HEAD } from './head.ts';
import type { GzipBroken } from './gunzip.ts';
import type { Head } from './head.ts';
import type { Found } from './listing.ts';
import { streamOf } from './rotation.ts';

/** What is there only while a file is open. */
export interface Reading {
  readonly handle: FileHandle;
  readonly isGzip: boolean;
  /** A framer for the content from `offset` on. */
  frameAt(offset: number): Framer;
  framer: Framer;
  /** Content bytes that the framer was given, counted from the content's first byte. */
  position: number;
  /** The framer was given all bytes that there were at the last look. */
  isAtEnd: boolean;
  /** The gzip data broke off when the file had this size. */
  broken?: { readonly size: number; readonly cause: GzipBroken };
}

/** One inode that is followed, under whatever name, and how much of its content was taken in. */
export class FollowedFile {
  readonly id: string;
  readonly foundAt = performance.now();
  ctimeMs: number;
  #path = '';
  #stream = '';
  /** As it was when last read, or last found. */
  size: number;
  mtimeMs: number;
  head: Head = NO_HEAD;
  offset = 0;
  state: JsonValue | undefined;
  /** Read to its end, and nobody is expected to write more. */
  isDone = false;
  /** No name leads to it any more; what its writer still writes is read while it is open. */
  isLost = false;
  /** It could not be read the last time. */
  isBlocked = false;
  /** Closed because too many are open, until it changes or its time is over. */
  isParked = false;
  /** What was in it at the start is passed over. */
  startsAtEnd = false;
  /** Another file with the same content, which is read instead of this one. */
  original: FollowedFile | undefined;
  reading: Reading | undefined;
  /** By the process's clock: since when nothing changed, when to try again, when the framer was last told that it idles. */
  quietSince = performance.now();
  nextTryAt = 0;
  idleToldAt = 0;

  constructor(found: Found) {
    this.id = found.id;
    this.ctimeMs = found.ctimeMs;
    this.size = found.size;
    this.mtimeMs = found.mtimeMs;
    this.path = found.path;
  }

  get path(): string {
    return this.#path;
  }

  set path(path: string) {
    if (path === this.#path) return;
    this.#path = path;
    this.#stream = streamOf(path);
  }

  get stream(): string {
    return this.#stream;
  }

  /** Nothing of its content was taken in yet. */
  get isFresh(): boolean {
    return this.head.bytes === 0 && this.offset === 0 && !this.isDone;
  }

  /** It is not as it was when last read. */
  differsFrom({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): boolean {
    return size !== this.size || mtimeMs !== this.mtimeMs;
  }

  /** It was read as far as it goes, and its framer waits for what may come in the stream's next part. */
  get isWaiting(): boolean {
    const { reading } = this;
    if (reading === undefined) return this.state !== undefined;
    const hasTail = reading.framer.offset < reading.position;
    return reading.isAtEnd && !(reading.isGzip && hasTail) && reading.framer.state() !== undefined;
  }

  /** Gives away what its framer waits for; an unfinished record at its end is read again. */
  handOver(): JsonValue | undefined {
    const { reading } = this;
    const state = reading === undefined ? this.state : reading.framer.state();
    this.state = undefined;
    if (reading === undefined) return state;
    const { offset } = reading.framer;
    reading.isAtEnd = reading.position === offset;
    reading.position = offset;
    reading.framer = reading.frameAt(offset);
    return state;
  }

  adopt(content: Pick<Content, 'head' | 'offset' | 'state' | 'done'>): void {
    this.head = content.head;
    this.offset = content.offset;
    this.state = content.state;
    this.isDone = content.done;
  }

  /** Its inode holds another content now. */
  reset(): void {
    this.adopt({ head: NO_HEAD, offset: 0, done: false });
    this.startsAtEnd = false;
    this.original = undefined;
  }

  /** What a checkpoint says of it; `path` is the one it is known by there. */
  content(path: string): Content {
    this.#keep();
    const { id, size, mtimeMs, head, offset, state, isDone } = this;
    const content = { path, id, size, mtimeMs, head, offset, done: isDone };
    return state === undefined ? content : { ...content, state };
  }

  /** Can be opened again and go on. */
  async close(): Promise<void> {
    this.#keep();
    const handle = this.reading?.handle;
    this.reading = undefined;
    await handle?.close();
  }

  #keep(): void {
    if (this.reading === undefined) return;
    this.offset = this.reading.framer.offset;
    this.state = this.reading.framer.state();
  }
}
