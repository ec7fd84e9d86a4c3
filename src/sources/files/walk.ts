import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonToSkip } from './audit-files.ts';

export interface WalkReport {
  /** A file or folder that is passed over. */
  skipped(path: string, reason: string): void;
  /** A folder that can't be listed, or a file that can't be looked at: the walk goes on without it. */
  unreadable(path: string, cause: unknown): void;
}

/** The audit files of a folder and its folders, in no special order. Links to files are followed, to folders not. */
export async function walk(folder: string, report: WalkReport): Promise<readonly string[]> {
  const files: string[] = [];
  for (const folders = [folder]; folders.length > 0;) {
    const current = folders.pop() ?? folder;
    for (const entry of await entriesOf(current, report)) {
      const path = join(current, entry.name);
      const reason = reasonToSkip(path);
      if (reason !== undefined) report.skipped(path, reason);
      else if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path, report)))) files.push(path);
      else report.skipped(path, 'neither a file nor a folder of this tree');
    }
  }
  return files;
}

async function entriesOf(folder: string, report: WalkReport) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    report.unreadable(folder, cause);
    return [];
  }
}

async function isFile(path: string, report: WalkReport): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (cause) {
    report.unreadable(path, cause);
    return false;
  }
}
