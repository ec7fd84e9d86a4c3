import { join } from 'node:path';
import { reasonToSkip } from './audit-files.ts';
import { WATCHED_FOLDERS } from './hints.ts';
import { entriesOf, idOf, isUnchanged, look, newListed, statIfThere } from './listing.ts';
import type { Listed, Listing } from './listing.ts';

interface Folder {
  readonly path: string;
  readonly id: string;
  readonly mtimeMs: number;
  readonly listedMs: number;
  readonly names: ReadonlySet<string>;
}

/** Each refresh checks so many of the folders that changed last; the others take turns, `FOLDERS` and `FILES` a round. */
const RECENT = 8;
const FOLDERS = 64;
const FILES = 20;
/** In a folder of up to so many files all are looked at when it changed: one may have replaced another under its name. */
const LOOK_AT_ALL = 200;
const TOUCHED_LIMIT = 10_000;
const AT_ONCE = 16;

/**
 * The files of a folder and its folders. The first refresh walks all of it; later ones look at what the system hinted
 * at, at the folders that changed last, and at a share of the rest: the cost does not grow with the tree, only the time
 * until a change that nobody hinted at is seen (a tree of up to 64 folders and 20 files: a round).
 */
export class TreeListing implements Listing {
  readonly live = undefined;
  readonly #root: string;
  readonly #roundMs: number;
  readonly #folders = new Map<string, Folder>();
  /** Paths of the folders that changed last, newest first. */
  #recent: readonly string[] = [];
  readonly #touched = { folders: new Set<string>(), files: new Set<string>() };
  #roundAt = 0;
  #folderTurns: Iterator<Folder, undefined> = NOBODY.values();
  #fileTurns: Iterator<string, undefined> = pathsOf(NOBODY);
  /** Largest ctime seen, and the same when the folders' present turn began. */
  #newestMs = 0;
  #newestAtTurnMs = 0;
  #completeBeforeMs: number | undefined;

  /** `roundMs`: how often the folders and files that nothing is known of get a turn. */
  constructor(root: string, roundMs: number) {
    this.#root = root;
    this.#roundMs = roundMs;
  }

  get completeBeforeMs(): number | undefined {
    return this.#completeBeforeMs;
  }

  get folders(): ReadonlyMap<string, string> {
    const watched = new Map<string, string>();
    for (const path of this.#recent) {
      const folder = this.#folders.get(path);
      if (folder !== undefined) watched.set(`${path}@${folder.id}`, path);
    }
    return watched;
  }

  touch(folder: string, name: string): boolean {
    const path = join(folder, name);
    if (reasonToSkip(path) !== undefined) return false;
    if (this.#touched.files.size < TOUCHED_LIMIT) this.#touched.files.add(path);
    this.#touched.folders.add(folder);
    return true;
  }

  async refresh(): Promise<Listed> {
    const listed = newListed();
    if (this.#completeBeforeMs === undefined) await this.#walk(listed);
    else {
      const folders = new Set([this.#root, ...this.#touched.folders, ...this.#recent.slice(0, RECENT)]);
      const files = [...this.#touched.files].filter((path) => !this.#folders.has(path));
      this.#touched.folders.clear();
      this.#touched.files.clear();
      for (const path of folders) await this.#check(path, listed);
      for (const path of files) await look(path, true, listed);
      if (performance.now() - this.#roundAt >= this.#roundMs) await this.#round(listed);
    }
    for (const { ctimeMs } of listed.found) this.#newestMs = Math.max(this.#newestMs, ctimeMs);
    return listed;
  }

  /**
   * What arrives while the tree is walked, in a folder that was listed already, has a later ctime than every file
   * seen before the walk; so folders are checked once more, and only then what was seen counts as complete.
   */
  async #walk(listed: Listed): Promise<void> {
    await this.#list(this.#root, false, listed);
    const newestMs = listed.found.reduce((newest, { ctimeMs }) => Math.max(newest, ctimeMs), 0);
    for (const path of this.#folders.keys()) await this.#check(path, listed);
    if (!this.#folders.has(this.#root)) return;
    this.#completeBeforeMs = newestMs;
    const byTime = [...this.#folders.values()].sort((a, b) => b.mtimeMs - a.mtimeMs);
    this.#recent = byTime.slice(0, WATCHED_FOLDERS).map(({ path }) => path);
  }

  async #round(listed: Listed): Promise<void> {
    this.#roundAt = performance.now();
    for (let turn = 0; turn < FOLDERS; turn++) {
      const { value: folder, done } = this.#folderTurns.next();
      if (done === true) {
        this.#completeBeforeMs = Math.max(this.#completeBeforeMs ?? 0, this.#newestAtTurnMs);
        this.#newestAtTurnMs = this.#newestMs;
        this.#folderTurns = this.#folders.values();
        break;
      }
      await this.#check(folder.path, listed);
    }
    for (let turn = 0; turn < FILES; turn++) {
      const { value: path, done } = this.#fileTurns.next();
      if (done === true) {
        this.#fileTurns = pathsOf(this.#folders);
        break;
      }
      await look(path, false, listed);
    }
  }

  /** Lists a folder again if it changed. */
  async #check(path: string, listed: Listed): Promise<void> {
    const folder = this.#folders.get(path);
    const stats = await statIfThere(path, listed);
    if (stats === 'blocked') return;
    if (stats === undefined) this.#forget(path, listed);
    else if (folder === undefined || folder.id !== idOf(stats) || !isUnchanged(stats, folder)) {
      await this.#list(path, true, listed);
    }
  }

  async #list(path: string, isNew: boolean, listed: Listed): Promise<void> {
    const stats = await statIfThere(path, listed);
    if (stats === 'blocked' || stats === undefined) return;
    const listedMs = Date.now();
    const entries = await entriesOf(path, listed);
    if (entries === undefined) return;
    const known = this.#folders.get(path);
    const before = known?.names ?? new Set();
    const names = new Set<string>();
    const folders: string[] = [];
    for (const entry of entries) {
      if (reasonToSkip(join(path, entry.name)) !== undefined) continue;
      if (entry.isDirectory()) folders.push(join(path, entry.name));
      else names.add(entry.name);
    }
    this.#folders.set(path, { path, id: idOf(stats), mtimeMs: stats.mtimeMs, listedMs, names });
    if (isNew && known?.mtimeMs !== stats.mtimeMs) this.#touchedLast(path);
    for (const name of before) if (!names.has(name)) listed.lost.push(join(path, name));
    const looks = [...names].filter((name) => !before.has(name) || names.size <= LOOK_AT_ALL);
    for (let at = 0; at < looks.length; at += AT_ONCE) {
      const some = looks.slice(at, at + AT_ONCE);
      await Promise.all(some.map((name) => look(join(path, name), isNew && !before.has(name), listed)));
    }
    for (const folder of folders) if (!this.#folders.has(folder)) await this.#list(folder, isNew, listed);
  }

  #touchedLast(path: string): void {
    this.#recent = [path, ...this.#recent.filter((other) => other !== path)].slice(0, WATCHED_FOLDERS);
  }

  #forget(path: string, listed: Listed): void {
    for (const [key, { names }] of this.#folders) {
      if (key !== path && !key.startsWith(`${path}/`)) continue;
      for (const name of names) listed.lost.push(join(key, name));
      this.#folders.delete(key);
    }
  }
}

const NOBODY: ReadonlyMap<string, Folder> = new Map();

function* pathsOf(folders: ReadonlyMap<string, Folder>): Generator<string, undefined, undefined> {
  for (const { path, names } of folders.values()) for (const name of names) yield join(path, name);
}
