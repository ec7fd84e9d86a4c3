import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Way } from '../core/sieve.ts';
import type { CompiledRules } from '../rules/rule-set.ts';
import { waysToMeet } from '../rules/ways.ts';
import { askableWays } from '../sources/aws/askable.ts';
import { SECRET_SOURCES } from '../sources/aws/secret.ts';
import { holdsGzip } from '../sources/files/content.ts';
import type { SiftPart, SiftTask } from './sift-messages.ts';

/** Less input than this is read faster than threads start. */
export const SIFT_BYTES = 24 * 1024 * 1024;
/** A gzip file of audit records holds about so many times its size. */
const GZIP_FACTOR = 10;
/** Plain files are cut into parts of this size. */
const PART_BYTES = 64 * 1024 * 1024;

/** What CloudTrail records can be sifted by; undefined where rules have to see every event of an account. */
export function waysToSift(rules: CompiledRules): readonly Way[] | undefined {
  return askableWays(
    waysToMeet(rules, 'cloudtrail').map(({ needs, needsSecret }) =>
      needsSecret ? [...needs, { field: 'eventSource', as: 'whole', texts: SECRET_SOURCES }] : needs,
    ),
  );
}

/** About how many bytes these files hold. Files that can't be looked at count nothing. */
export async function bytesIn(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) {
    const size = await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
    bytes += file.endsWith('.gz') ? GZIP_FACTOR * size : size;
  }
  return bytes;
}

/** One task a file, and several for a large one that can be cut. */
export async function planTasks(
  files: readonly string[],
  isCloudTrail: boolean,
  partBytes: number = PART_BYTES,
): Promise<readonly SiftTask[]> {
  const tasks: SiftTask[] = [];
  for (const file of files) {
    const parts = await partsOf(file, partBytes).catch(() => []);
    const some = parts.length > 1 ? parts.map((part) => ({ part })) : [{}];
    for (const one of some)
      tasks.push({ number: tasks.length, file, isCloudTrail: isCloudTrail || one !== some[0], ...one });
  }
  return tasks;
}

/** None where the file is small, compressed, or written in a way that does not show where records begin. */
async function partsOf(file: string, partBytes: number): Promise<readonly SiftPart[]> {
  const { size } = await stat(file);
  if (size < 2 * partBytes) return [];
  const handle = await open(file);
  try {
    if (await holdsGzip(handle)) return [];
    const style = styleOf(await bytesAt(handle, 0, HEAD_BYTES));
    if (style === undefined) return [];
    const starts = [0];
    for (let at = partBytes; at < size - partBytes / 2; at += partBytes) {
      const found = (await bytesAt(handle, at, SEARCH_BYTES)).indexOf(style.between);
      if (found !== -1) starts.push(at + found + style.skip);
    }
    return starts.map((from, index) => {
      const to = starts[index + 1];
      return to === undefined ? { from, state: style.state } : { from, to, state: style.state };
    });
  } finally {
    await handle.close();
  }
}

const HEAD_BYTES = 4 * 1024;
const SEARCH_BYTES = 1024 * 1024;

/** How records follow each other: what stands between two of them, and where in it the second begins. */
interface Style {
  readonly state: string;
  readonly between: string;
  readonly skip: number;
}

/** A guess: whether the cut is one between two records is proved when the part before it ends. */
function styleOf(head: Buffer): Style | undefined {
  const text = head.toString('latin1');
  const opening = /^\{"Records":\[(\{"\w+":)/.exec(text)?.[1];
  if (opening !== undefined) return { state: '{[', between: `},${opening}`, skip: 2 };
  const line = /^(\{"\w+":)/.exec(text)?.[1];
  return line === undefined ? undefined : { state: '', between: `}\n${line}`, skip: 2 };
}

async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
