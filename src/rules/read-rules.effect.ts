import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WhosawError } from '../core/errors.ts';
import type { RuleText } from './parse-rules.ts';

/**
 * Reads the rule files (`.yml`, `.yaml`) of the folders in their order, each folder with its subfolders and in the order
 * of the paths; links are followed, names that begin with a dot are passed over. A path may also be one file. Throws
 * RULES_INVALID where something can't be read.
 */
export async function readRuleFiles(paths: readonly string[]): Promise<readonly RuleText[]> {
  const texts: RuleText[] = [];
  for (const [folder, path] of paths.entries()) {
    for (const file of await filesUnder(path)) {
      texts.push({ file, folder, text: await attempt(file, () => readFile(file, 'utf8')) });
    }
  }
  return texts;
}

/** The same files, with what changes when one of them is written: size, time and number. */
export async function rulesState(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(filesUnder))).flat();
  return (await Promise.all(files.map(fileState))).join('\n');
}

/** A file that is not there has a state as well. */
export async function fileState(file: string): Promise<string> {
  const facts = await stat(file, { bigint: true }).catch(() => undefined);
  return facts === undefined ? `${file} -` : `${file} ${facts.size} ${facts.mtimeNs} ${facts.ino}`;
}

async function filesUnder(path: string): Promise<readonly string[]> {
  const facts = await attempt(path, () => stat(path));
  return facts.isDirectory() ? walk(path, new Set()) : [path];
}

/** `seen`: folders above and beside, so that a link to one of them ends. */
async function walk(folder: string, seen: Set<string>): Promise<readonly string[]> {
  const real = await attempt(folder, () => realpath(folder));
  if (seen.has(real)) return [];
  seen.add(real);
  const names = await attempt(folder, () => readdir(folder));
  const files: string[] = [];
  for (const name of names.toSorted()) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const facts = await attempt(path, () => stat(path));
    if (facts.isDirectory()) files.push(...(await walk(path, seen)));
    else if (/\.ya?ml$/.test(name)) files.push(path);
  }
  return files;
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new WhosawError('RULES_INVALID', `Rules at ${path} cannot be read; check the path and its permissions.`, {
      cause,
    });
  }
}
