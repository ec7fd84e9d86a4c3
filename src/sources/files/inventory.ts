import { join, relative } from 'node:path';
import type { JsonValue } from '../../core/json.ts';
import type { Content, FilesCheckpoint } from './checkpoint.ts';
import { FollowedFile } from './followed-file.ts';
import { beginsWith } from './head.ts';
import type { Found, Listed } from './listing.ts';
import { compareParts, streamOf } from './rotation.ts';

/** Contents whose file went away: their next name may appear (a rotated part that is being compressed). */
const ORPHANS = 32;
/** Finished files of a folder that are remembered one by one. */
const REMEMBERED = 64;
/** Files of a folder that are begun at once: each is in the checkpoint until it was read. */
const BEGUN_AT_ONCE = 64;

export interface InventoryOptions {
  /** Paths in checkpoints are relative to this folder. */
  readonly root: string;
  /** The followed path is a folder: files are many, read in the order in which they arrived, and mostly forgotten. */
  readonly isFolder: boolean;
  readonly checkpoint: FilesCheckpoint | undefined;
  /** Files that are found at the very first are passed over. */
  readonly startsAtEnd: boolean;
}

/** Which files there are, and which content each of them holds. */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #files = new Map<string, FollowedFile>();
  readonly #byPath = new Map<string, FollowedFile>();
  /** Begun, and still being written or not read to the end. */
  readonly #active = new Set<FollowedFile>();
  readonly #done = new Set<FollowedFile>();
  /** Of a folder: not begun yet; the last one is next. */
  #queue: FollowedFile[] = [];
  #orphans: Content[];
  #readBeforeMs: number;
  #isFirst = true;

  constructor(options: InventoryOptions) {
    this.#options = options;
    this.#orphans = [...(options.checkpoint?.contents ?? [])];
    this.#readBeforeMs = options.checkpoint?.readBeforeMs ?? 0;
  }

  get active(): ReadonlySet<FollowedFile> {
    return this.#active;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Contents that no file is known for. */
  get orphans(): readonly Content[] {
    return this.#orphans;
  }

  at(path: string): FollowedFile | undefined {
    return this.#byPath.get(path);
  }

  /** Takes in what a listing found. Returns the files that went away and are not open. */
  take({ found, lost }: Listed): readonly FollowedFile[] {
    const displaced = new Set<FollowedFile>();
    const queued = this.#queue.length;
    for (const file of found) this.#meet(file, displaced);
    for (const path of lost) {
      const file = this.#byPath.get(path);
      if (file !== undefined) displaced.add(file);
    }
    this.#isFirst = false;
    const closed: FollowedFile[] = [];
    for (const file of displaced) {
      file.isLost = true;
      if (file.reading !== undefined) continue;
      this.retire(file);
      closed.push(file);
    }
    if (this.#queue.length > queued) this.#queue.sort(compareArrival);
    return closed;
  }

  /** The files to go on with, in order: of a stream the oldest part first. */
  turn(): readonly FollowedFile[] {
    if (!this.#options.isFolder) return [...this.#active].sort(compareFiles);
    let room = BEGUN_AT_ONCE;
    for (const { isParked, reading } of this.#active) if (!isParked && reading === undefined) room--;
    for (; room > 0; room--) {
      const file = this.#queue.pop();
      if (file === undefined) break;
      this.#active.add(file);
    }
    return [...this.#active];
  }

  /**
   * Says what a file that was opened holds, given its content's first bytes and its length where that is known: what it
   * held before, a content that was known under another name, a second copy of one that is being followed (`copy`), or
   * a new one.
   */
  claim(file: FollowedFile, head: Buffer, length: number): 'known' | 'copy' | 'new' {
    if (!file.isFresh) {
      if (beginsWith(head, file.head)) return 'known';
      this.replaced(file);
    }
    const same = this.#orphans.filter((content) => beginsWith(head, content.head));
    const known =
      same.find(({ id, offset }) => id === file.id && offset <= length) ??
      same.find((content) => content.id !== file.id && this.#streamOf(content) === file.stream);
    if (known !== undefined) {
      this.#orphans = this.#orphans.filter((content) => content !== known);
      // A copy may be shorter: made before the last lines were written.
      file.adopt(known.offset <= length ? known : { head: known.head, offset: length, done: true });
      return 'known';
    }
    file.original = this.#followed().find(
      (other) => other !== file && other.stream === file.stream && beginsWith(head, other.head),
    );
    return file.original === undefined ? 'new' : 'copy';
  }

  /** What the part before `file` in its stream waits for, which then is `file`'s to wait for. */
  takeState(file: FollowedFile): JsonValue | undefined {
    if (this.#options.isFolder) return undefined;
    const before = this.#followed().filter((other) => other !== file && compareFiles(other, file) < 0);
    const waiting = before.sort(compareFiles).findLast((other) => other.isWaiting);
    if (waiting !== undefined) return waiting.handOver();
    const orphan = this.#orphans.findIndex(({ state }) => state !== undefined);
    const content = this.#orphans[orphan];
    if (content === undefined) return undefined;
    const { state, ...rest } = content;
    this.#orphans[orphan] = rest;
    return state;
  }

  /** Its inode holds another content now; the old one may turn up again as a copy. */
  replaced(file: FollowedFile): void {
    this.#orphan(file);
    file.reset();
  }

  finished(file: FollowedFile): void {
    file.isDone = true;
    this.#active.delete(file);
    this.#done.add(file);
    if (file.isLost) this.retire(file);
  }

  retire(file: FollowedFile): void {
    this.#orphan(file);
    this.#files.delete(file.id);
    if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path);
    this.#active.delete(file);
    this.#done.delete(file);
    this.#queue = this.#queue.filter((other) => other !== file);
  }

  /** Every file was opened: of the contents that none of them holds only the last ones may turn up again. */
  settled(): void {
    this.#orphans = this.#orphans.slice(0, ORPHANS);
  }

  /** `completeBeforeMs`: of a folder, files with an earlier ctime have all been met; undefined before that is known. */
  checkpoint(completeBeforeMs: number | undefined): FilesCheckpoint {
    const contents = [...this.#orphans];
    if (!this.#options.isFolder) {
      for (const file of [...this.#active, ...this.#done]) if (!file.isFresh) contents.push(this.#content(file));
      return { version: 1, contents };
    }
    if (completeBeforeMs !== undefined) {
      this.#forget(Math.min(completeBeforeMs, this.#queue.at(-1)?.ctimeMs ?? Infinity, Date.now()));
    }
    for (const file of [...this.#active, ...this.#done]) contents.push(this.#content(file));
    return { version: 1, contents, readBeforeMs: this.#readBeforeMs };
  }

  #meet(found: Found, displaced: Set<FollowedFile>): void {
    const owner = this.#byPath.get(found.path);
    if (owner !== undefined && owner.id !== found.id) displaced.add(owner);
    const file = this.#files.get(found.id) ?? this.#add(found);
    if (file === undefined) return;
    displaced.delete(file);
    file.isLost = false;
    file.ctimeMs = found.ctimeMs;
    if (this.#byPath.get(file.path) === file) this.#byPath.delete(file.path);
    file.path = found.path;
    this.#byPath.set(found.path, file);
    if ((file.isDone || file.isParked) && file.differsFrom(found)) this.#wake(file);
  }

  #wake(file: FollowedFile): void {
    file.isDone = false;
    file.isParked = false;
    file.quietSince = performance.now();
    this.#done.delete(file);
    this.#active.add(file);
  }

  /** undefined where it was read and forgotten. */
  #add(found: Found): FollowedFile | undefined {
    const path = relative(this.#options.root, found.path);
    const expected = this.#orphans.filter((content) => content.id === found.id || content.path === path);
    if (!found.isNew && found.ctimeMs < this.#readBeforeMs && expected.length === 0) return undefined;
    const file = new FollowedFile(found);
    this.#files.set(file.id, file);
    const same = expected.find((content) => content.id === found.id && !file.differsFrom(content));
    if (same !== undefined) {
      this.#orphans = this.#orphans.filter((content) => content !== same);
      file.adopt(same);
    }
    file.startsAtEnd = this.#isFirst && this.#options.startsAtEnd;
    if (file.isDone) this.#done.add(file);
    else if (same === undefined && this.#options.isFolder) this.#queue.push(file);
    else this.#active.add(file);
    return file;
  }

  #followed(): FollowedFile[] {
    return [...this.#active, ...this.#done].filter((file) => file.original === undefined && file.head.bytes > 0);
  }

  /** Its content is without a file: a copy of it may take its place. */
  #orphan(file: FollowedFile): void {
    for (const other of this.#active) if (other.original === file) other.original = undefined;
    if (file.head.bytes > 0 && file.original === undefined) this.#orphans.unshift(this.#content(file));
  }

  #content(file: FollowedFile): Content {
    return file.content(relative(this.#options.root, file.path));
  }

  #streamOf({ path }: Content): string {
    return streamOf(join(this.#options.root, path));
  }

  /** Lets go of what the time of the checkpoint stands for. */
  #forget(readBeforeMs: number): void {
    this.#readBeforeMs = readBeforeMs;
    let excess = this.#done.size - REMEMBERED;
    for (const file of this.#done) {
      if (excess-- <= 0) return;
      if (file.ctimeMs >= readBeforeMs) continue;
      this.#done.delete(file);
      this.#files.delete(file.id);
      this.#byPath.delete(file.path);
    }
  }
}

/** Of a stream the oldest part first; what has no name any more is older than what has taken it. */
function compareFiles(left: FollowedFile, right: FollowedFile): number {
  return Number(right.isLost) - Number(left.isLost) || compareParts(left.path, right.path);
}

/** In the order of arrival; the queue is taken from its end. */
function compareArrival(left: FollowedFile, right: FollowedFile): number {
  return right.ctimeMs - left.ctimeMs || compareParts(right.path, left.path);
}
