import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WhosawError } from '../../core/errors.ts';
import type { Segment } from './segments.ts';

/** Where the sealed files of a store are, all 0600 in folders that are 0700. Readers of Parquet pass over `_` names. */
export interface SealedFolder {
  /** `2025-03-15.1.parquet`: events. */
  readonly root: string;
  /** The same names: ids of the events, for what comes a second time. */
  readonly ids: string;
  /** What is being written; nothing in here counts. */
  readonly work: string;
}

/** `file`: the store's own. */
export function sealedFolder(file: string): SealedFolder {
  const root = join(dirname(file), 'sealed');
  return { root, ids: join(root, '_ids'), work: join(root, '_work') };
}

/** Two files: both are there, or the segment is not. */
export function segmentFiles(
  { root, ids }: SealedFolder,
  { day, number }: Pick<Segment, 'day' | 'number'>,
): { readonly events: string; readonly ids: string } {
  const name = `${new Date(day * DAY_MS).toISOString().slice(0, 10)}.${number}.parquet`;
  return { events: join(root, name), ids: join(ids, name) };
}

/**
 * Makes the folders, and removes what no segment names: a kill left it behind, and its events are where they were.
 * Throws STORE_CORRUPT where a file of a segment is missing or another one.
 */
export function tidy(folder: SealedFolder, segments: readonly Segment[]): void {
  rmSync(folder.work, { recursive: true, force: true });
  for (const path of [folder.root, folder.ids, folder.work]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const named = new Set(segments.flatMap((segment) => Object.values(segmentFiles(folder, segment))));
  for (const path of [folder.root, folder.ids]) {
    for (const name of readdirSync(path)) {
      if (name.endsWith('.parquet') && !named.has(join(path, name))) rmSync(join(path, name));
    }
  }
  for (const segment of segments) checkFiles(folder, segment);
}

function checkFiles(folder: SealedFolder, segment: Segment): void {
  const files = segmentFiles(folder, segment);
  for (const [path, bytes] of [
    [files.events, segment.bytes],
    [files.ids, segment.idsBytes],
  ] as const) {
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === bytes) continue;
    const found = size === undefined ? 'is missing' : `has ${size} bytes instead of ${bytes}`;
    throw new WhosawError('STORE_CORRUPT', `${path} ${found}: put it back from a copy of the store.`);
  }
}

/** After it the file's content survives a loss of power. Its bytes. */
export async function syncFile(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Moves a file to its place for good. */
export async function publish(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

export async function removeFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    if ((await stat(folder).catch(() => undefined)) !== undefined) await syncFolder(folder);
  }
}

export function nameOf(path: string): string {
  return basename(path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const DAY_MS = 86_400_000;
