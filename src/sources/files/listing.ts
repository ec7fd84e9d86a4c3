import { readdir, stat } from 'node:fs/promises';
import type { Dirent, Stats } from 'node:fs';

/** A file as it was found. */
export interface Found {
  readonly path: string;
  /** Device and inode. */
  readonly id: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** When the inode last changed, by the file system's clock: nobody can set it back. */
  readonly ctimeMs: number;
  /** false: it was there when the listing began, and may have been read by an earlier run. */
  readonly isNew: boolean;
}

/** What one refresh found out; the arrays are the receiver's. */
export interface Listed {
  /** Files that are new, or may have changed. */
  readonly found: Found[];
  /** Paths that no longer lead to a file. */
  readonly lost: string[];
  /** Folders and files that could not be looked at. */
  readonly blocked: { readonly path: string; readonly cause: unknown }[];
}

export function newListed(): Listed {
  return { found: [], lost: [], blocked: [] };
}

/** Finds out which files there are. Called again and again; keeps the cost of each call bounded. */
export interface Listing {
  refresh(): Promise<Listed>;
  /** Something happened to this name: look at it next time. False where it is nobody's business. */
  touch(folder: string, name: string): boolean;
  /** Folders worth watching, by a key that changes with the folder's inode. */
  readonly folders: ReadonlyMap<string, string>;
  /** The path of the file that is being written now, where it is known. */
  readonly live: string | undefined;
  /** Every file whose inode changed before this time (ms) has been found; undefined where nobody keeps account. */
  readonly completeBeforeMs: number | undefined;
}

export function idOf(stats: { readonly dev: number; readonly ino: number }): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Looks at one path, and tells it to `listed`. */
export async function look(path: string, isNew: boolean, listed: Listed): Promise<void> {
  const stats = await statIfThere(path, listed);
  if (stats === 'blocked') return;
  if (stats?.isFile() !== true) listed.lost.push(path);
  else
    listed.found.push({
      path,
      id: idOf(stats),
      size: stats.size,
      mtimeMs: stats.mtimeMs,
      ctimeMs: stats.ctimeMs,
      isNew,
    });
}

/** undefined where there is nothing; `blocked` where it can't be known. */
export async function statIfThere(path: string, { blocked }: Listed): Promise<Stats | 'blocked' | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    blocked.push({ path, cause });
    return 'blocked';
  }
}

/** Nothing where the folder is not there; undefined where it can't be listed. */
export async function entriesOf(folder: string, { blocked }: Listed): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (isMissing(cause)) return [];
    blocked.push({ path: folder, cause });
    return undefined;
  }
}

export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

/** A folder that changed this recently may change again within the same tick of its clock, and not show it. */
const CLOCK_TICK_MS = 2_000;

/** Nothing was added to or removed from a folder since it was listed at `listedMs` with this time. */
export function isUnchanged(stats: Stats, listed: { readonly mtimeMs: number; readonly listedMs: number }): boolean {
  return stats.mtimeMs === listed.mtimeMs && Math.abs(listed.listedMs - listed.mtimeMs) > CLOCK_TICK_MS;
}
