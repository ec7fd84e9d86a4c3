import { stat } from 'node:fs/promises';
import type { JsonValue } from '../../core/json.ts';
import type { CollectedBatch, Collector } from '../../core/ports.ts';
import { LIMITS, TIMING } from './follow-options.ts';
import type { FollowOptions } from './follow-options.ts';
import { Follower } from './follower.ts';
import { Hints } from './hints.ts';
import type { Listing } from './listing.ts';
import { SiblingListing } from './sibling-listing.ts';
import { TreeListing } from './tree-listing.ts';

/** A round over a whole tree costs more than a pass, and comes more seldom. */
const PASSES_A_ROUND = 5;

/**
 * Follows a file or a folder for ever: growth, rotation by rename, truncation and compression, files that appear, go
 * away and come back. Every record of every content comes out at least once, and only once as long as checkpoints are
 * kept; what a writer truncates before it was read is lost, and noticed.
 *
 * Limits. A content is known again by its inode and the hash of its first KiB, or by that hash among the parts of one
 * stream. In a folder, the checkpoint lists the files being read and the last ones finished; for the rest stands the
 * time of their last change: a file that arrives while whosaw is stopped and the clock has been set back is missed, one
 * whose mode or owner changes is read again. What happens on a disk that gives no hints (network disks) is found
 * within a second in the folders that changed last, and as their turn comes in the others.
 */
export function followFiles(options: FollowOptions): Collector {
  return { name: options.name, read: (checkpoint, signal) => read(options, checkpoint, signal) };
}

async function* read(
  options: FollowOptions,
  checkpoint: JsonValue | undefined,
  signal: AbortSignal,
): AsyncGenerator<CollectedBatch, void, undefined> {
  const timing = { ...TIMING, ...options.timing };
  const limits = { ...LIMITS, ...options.limits };
  while (!signal.aborted) {
    const isTree = await isFolder(options.path);
    const listing: Listing = isTree
      ? new TreeListing(options.path, PASSES_A_ROUND * timing.pollMs)
      : new SiblingListing(options.path);
    const hints = new Hints((folder, name) => listing.touch(folder, name));
    const follower = new Follower({ ...options, timing, limits }, listing, checkpoint, signal);
    try {
      const isSettled = () => isTree || follower.sawLive;
      while (!signal.aborted && (isSettled() || !(await isFolder(options.path)))) {
        const hasMore = yield* follower.pass();
        hints.follow(listing.folders);
        if (!hasMore) await hints.wait(timing.pollMs, signal);
      }
    } finally {
      hints.close();
      await follower.close();
    }
  }
}

/** A path that is not there yet may become either; a file is assumed until it shows. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
