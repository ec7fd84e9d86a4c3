import type { SourceFormat } from '../../core/source-format.ts';

export interface FollowOptions {
  /** The source's name in the config. */
  readonly name: string;
  /**
   * A file, whose rotated parts beside it are read too, or a folder whose files and folders are all read. It need not
   * exist yet. A folder is for files that arrive whole, or grow for a while: point at a log that is rotated itself.
   */
  readonly path: string;
  readonly format: SourceFormat;
  /** Vault only. */
  readonly cluster?: string;
  /** `end`: what is there at the first start is passed over. */
  readonly from?: 'start' | 'end';
  /** Something that people should know, once: a file is waited for, may not be read, was truncated, went away unread. */
  notice(text: string, facts: Readonly<Record<string, string | number>>): void;
  readonly timing?: Partial<FollowTiming>;
  readonly limits?: Partial<FollowLimits>;
}

export interface FollowTiming {
  /** How often files are looked at when the system gives no hint of a change. */
  readonly pollMs: number;
  /** A rotated file counts as finished when its successor is there and it was quiet for so long. */
  readonly drainMs: number;
  /** A file of a folder that ends in half a record counts as finished after so long. */
  readonly settleMs: number;
  /** A gzip file is read when it did not change for so long: it may still be being written. */
  readonly stableMs: number;
  /** How often a source without news says up to when it has seen everything. */
  readonly seenEveryMs: number;
  /** How often a framer without news is told the time. */
  readonly idleEveryMs: number;
  /** How soon a file that can't be read is tried again. */
  readonly retryMs: number;
}

export interface FollowLimits {
  readonly chunkBytes: number;
  /** A batch goes out when it has so many records, came of so many bytes, or is so old. */
  readonly batchRecords: number;
  readonly batchBytes: number;
  readonly batchMs: number;
}

export const TIMING: FollowTiming = {
  pollMs: 200,
  drainMs: 5_000,
  settleMs: 60_000,
  stableMs: 1_000,
  seenEveryMs: 10_000,
  idleEveryMs: 1_000,
  retryMs: 1_000,
};

export const LIMITS: FollowLimits = {
  chunkBytes: 256 * 1024,
  batchRecords: 2_000,
  batchBytes: 4 * 1024 * 1024,
  batchMs: 50,
};

/** The same with every default filled in. */
export interface FollowerOptions extends Omit<FollowOptions, 'timing' | 'limits'> {
  readonly timing: FollowTiming;
  readonly limits: FollowLimits;
}
