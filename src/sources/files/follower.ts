import { dirname } from 'node:path';
import type { JsonValue } from '../../core/json.ts';
import type { CollectedBatch } from '../../core/ports.ts';
import { Batch } from './batch.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { FileReader } from './file-reader.ts';
import type { FollowerOptions } from './follow-options.ts';
import type { FollowedFile, Reading } from './followed-file.ts';
import { Inventory } from './inventory.ts';
import type { Listing } from './listing.ts';
import { Notices } from './notices.ts';
import { brokenGzip } from './output.ts';

/** Files of a folder that end in half a record and are kept open. */
const OPEN_AT_ONCE = 64;
/** Times `stableMs`: so long the parts of a stream wait for an older one that is still being written. */
const AWAITED = 3;

/** Reads on in all files of a listing, pass by pass. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #listing: Listing;
  readonly #signal: AbortSignal;
  readonly #inventory: Inventory;
  readonly #notices: Notices;
  readonly #batch: Batch;
  readonly #reader: FileReader;
  #saidSeenAt = -Infinity;
  #toldUnread = false;
  #sawLive = false;

  constructor(options: FollowerOptions, listing: Listing, checkpoint: JsonValue | undefined, signal: AbortSignal) {
    this.#options = options;
    this.#listing = listing;
    this.#signal = signal;
    this.#notices = new Notices(options.notice);
    this.#batch = new Batch(options.limits);
    const isFolder = listing.live === undefined;
    const known = checkpoint === undefined ? undefined : parseCheckpoint(checkpoint);
    if (checkpoint !== undefined && known === undefined) this.#notices.otherCheckpoint();
    this.#inventory = new Inventory({
      root: isFolder ? options.path : dirname(options.path),
      isFolder,
      checkpoint: known,
      startsAtEnd: options.from === 'end' && checkpoint === undefined,
    });
    const parts = { listing, inventory: this.#inventory, notices: this.#notices, batch: this.#batch };
    this.#reader = new FileReader(options, parts, signal);
  }

  /** The followed file was there at least once. */
  get sawLive(): boolean {
    return this.#sawLive;
  }

  /** Reads all that there is now, as far as one turn goes. True: there is more to read at once. */
  async *pass(): AsyncGenerator<CollectedBatch, boolean, undefined> {
    const startedAt = new Date();
    const listed = await this.#listing.refresh();
    for (const { path, cause } of listed.blocked) this.#notices.blocked(path, cause);
    for (const file of this.#inventory.take(listed)) {
      if (!file.isDone && !file.isFresh) this.#notices.unread(file.path, file.offset);
    }
    const isLiveThere = this.#isLiveThere();
    if (!isLiveThere && !this.#sawLive && listed.blocked.length === 0) this.#notices.waiting(this.#options.path);
    let isHeld = false;
    for (const file of this.#inventory.turn()) {
      if (isHeld && file.isFresh && file.reading === undefined) continue;
      for await (const _ of this.#reader.advance(file)) yield this.#flush(undefined);
      if (this.#signal.aborted) return false;
      isHeld ||= this.#isAwaited(file);
    }
    for (const file of this.#inventory.active) await this.#settle(file, isLiveThere);
    await this.#park();
    this.#tellIdle();
    const isCaughtUp = isLiveThere && listed.blocked.length === 0 && this.#isCaughtUp();
    if (isCaughtUp) {
      this.#tellUnread();
      this.#inventory.settled();
    }
    const isDue = isCaughtUp && performance.now() - this.#saidSeenAt >= this.#options.timing.seenEveryMs;
    if (isDue || !this.#batch.isEmpty) yield this.#flush(isCaughtUp ? startedAt.toISOString() : undefined);
    return this.#hasMore();
  }

  async close(): Promise<void> {
    for (const file of this.#inventory.active) await file.close();
  }

  #flush(seenTo: string | undefined): CollectedBatch {
    this.#saidSeenAt = seenTo === undefined ? -Infinity : performance.now();
    const checkpoint = this.#inventory.checkpoint(this.#listing.completeBeforeMs);
    const batch = { ...this.#batch.take(), checkpoint };
    return seenTo === undefined ? batch : { ...batch, seenTo };
  }

  /** Ends what nobody is expected to write any more. */
  async #settle(file: FollowedFile, isLiveThere: boolean): Promise<void> {
    const quietMs = performance.now() - file.quietSince;
    if (file.isParked) file.isParked = quietMs < this.#options.timing.settleMs;
    const { reading } = file;
    if (reading === undefined || !this.#isOver(file, reading, quietMs, isLiveThere)) return;
    const { out } = this.#batch;
    if (reading.broken !== undefined) {
      out.rejections.push(brokenGzip(this.#reader.contextOf(file), reading.position, reading.broken.cause));
    }
    reading.framer.end(new Date().toISOString(), out);
    file.reading = undefined;
    file.offset = reading.position;
    file.state = undefined;
    await reading.handle.close();
    this.#inventory.finished(file);
  }

  #isOver(file: FollowedFile, reading: Reading, quietMs: number, isLiveThere: boolean): boolean {
    const { drainMs, settleMs } = this.#options.timing;
    if (reading.broken !== undefined) return quietMs >= settleMs;
    if (!reading.isAtEnd) return false;
    const isDrained = file.isLost && quietMs >= drainMs;
    if (this.#listing.live === undefined) return isDrained || quietMs >= settleMs || !isPending(reading);
    return isLiveThere && quietMs >= drainMs && this.#inventory.at(this.#listing.live) !== file;
  }

  /** Keeps the number of open files bounded. */
  async #park(): Promise<void> {
    const open = [...this.#inventory.active].filter((file) => file.reading !== undefined);
    if (open.length <= OPEN_AT_ONCE) return;
    open.sort((a, b) => b.quietSince - a.quietSince);
    for (const file of open.slice(OPEN_AT_ONCE)) {
      await file.close();
      file.isParked = true;
    }
  }

  #tellIdle(): void {
    const { idleEveryMs } = this.#options.timing;
    const now = performance.now();
    for (const file of this.#inventory.active) {
      if (file.reading?.isAtEnd !== true || now - Math.max(file.quietSince, file.idleToldAt) < idleEveryMs) continue;
      file.idleToldAt = now;
      file.reading.framer.idle(Date.now(), this.#batch.out);
    }
  }

  /** A rotated part is about to be readable: later parts that are not begun wait for it, for a moment. */
  #isAwaited(file: FollowedFile): boolean {
    const isBegun = file.reading !== undefined || !file.isFresh || file.original !== undefined;
    if (this.#listing.live === undefined || isBegun || file.isBlocked) return false;
    return performance.now() - file.foundAt < AWAITED * this.#options.timing.stableMs;
  }

  #isLiveThere(): boolean {
    const { live, completeBeforeMs } = this.#listing;
    if (live === undefined) return completeBeforeMs !== undefined;
    if (this.#inventory.at(live) !== undefined) {
      this.#sawLive = true;
      return true;
    }
    return false;
  }

  /** Whatever is there was read, and nothing is half. */
  #isCaughtUp(): boolean {
    if (this.#inventory.queued > 0) return false;
    for (const { reading, original } of this.#inventory.active) {
      if (original !== undefined) continue;
      if (reading === undefined || !reading.isAtEnd || reading.framer.offset < reading.position) return false;
    }
    return true;
  }

  #hasMore(): boolean {
    if (this.#inventory.queued > 0) return true;
    for (const { reading } of this.#inventory.active) {
      if (reading !== undefined && !reading.isAtEnd && reading.broken === undefined) return true;
    }
    return false;
  }

  /** Once: what an earlier run had not read to its end, and is nowhere now. */
  #tellUnread(): void {
    if (this.#toldUnread) return;
    this.#toldUnread = true;
    for (const { done, path, offset } of this.#inventory.orphans) if (!done) this.#notices.unread(path, offset);
  }
}

/** Half a record, or something that a framer waits for. */
function isPending({ framer, position }: Reading): boolean {
  return framer.offset < position || framer.state() !== undefined;
}
