import { expect, onTestFinished } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import { isObject } from '../../../src/core/json.ts';
import type { Rejection } from '../../../src/core/record.ts';
import type { Content } from '../../../src/sources/files/checkpoint.ts';
import { parseCheckpoint } from '../../../src/sources/files/checkpoint.ts';
import { followFiles } from '../../../src/sources/files/follow-files.ts';
import type { FollowOptions, FollowTiming } from '../../../src/sources/files/follow-options.ts';
import { lines } from './line-format.ts';

/** Quick enough for a test, in the same order as the real ones. */
const QUICK: FollowTiming = {
  pollMs: 15,
  drainMs: 60,
  settleMs: 120,
  stableMs: 40,
  seenEveryMs: 30,
  idleEveryMs: 30,
  retryMs: 20,
};

/** What a running follower gave until now. */
export interface Following {
  readonly texts: string[];
  readonly rejections: Rejection[];
  /** The text and the facts' values. */
  readonly notices: string[];
  readonly seenTo: string[];
  readonly sizes: number[];
  /** After each batch: how many texts there were, and where to go on. */
  readonly commits: { readonly texts: number; readonly checkpoint: JsonValue }[];
  checkpoint: JsonValue | undefined;
  /** Ends it between two batches; its checkpoint stands. */
  stop(): Promise<void>;
}

export type FollowingOptions = Partial<FollowOptions> & {
  readonly path: string;
  readonly checkpoint?: JsonValue | undefined;
};

/** Follows until the test is over, through JSON as a store would keep the checkpoint. */
export function follow({ checkpoint, timing, ...options }: FollowingOptions): Following {
  const stopping = new AbortController();
  const following: Following = {
    texts: [],
    rejections: [],
    notices: [],
    seenTo: [],
    sizes: [],
    commits: [],
    checkpoint,
    stop,
  };
  const collector = followFiles({
    name: 'test',
    format: lines,
    notice: (text, facts) => following.notices.push(`${text} ${Object.values(facts).join(' ')}`),
    ...options,
    timing: { ...QUICK, ...timing },
  });
  const running = run();
  onTestFinished(stop);
  return following;

  async function run(): Promise<void> {
    for await (const batch of collector.read(checkpoint, stopping.signal)) {
      following.texts.push(...batch.records.map(({ text }) => text));
      following.rejections.push(...batch.rejections);
      following.sizes.push(batch.records.length);
      following.checkpoint = stored(batch.checkpoint);
      following.commits.push({ texts: following.texts.length, checkpoint: following.checkpoint });
      if (batch.seenTo !== undefined) following.seenTo.push(batch.seenTo);
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await running;
  }
}

/** Waits until everything that was written by now was read, and nothing is half. */
export async function caughtUp(following: Following): Promise<void> {
  const now = new Date().toISOString();
  await expect.poll(() => (following.seenTo.at(-1) ?? '') > now, SOON).toBe(true);
}

/** What the checkpoint says of a content; the path is relative. */
export function contentAt(following: Following, path: string): Content | undefined {
  return parseCheckpoint(following.checkpoint ?? null)?.contents.find((content) => content.path === path);
}

/** For expect.poll: looks often, and gives up late. */
export const SOON = { timeout: 30_000, interval: 5 };

/** As a store keeps it. */
function stored(checkpoint: JsonValue): JsonValue {
  const copy: unknown = JSON.parse(JSON.stringify(checkpoint));
  return isObject(copy) ? copy : null;
}
