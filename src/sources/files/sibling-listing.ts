import { basename, dirname, join } from 'node:path';
import { entriesOf, idOf, isUnchanged, look, newListed, statIfThere } from './listing.ts';
import type { Listed, Listing } from './listing.ts';
import { rotationOf } from './rotation.ts';

/** Rotated parts that are looked at each time though nothing speaks of a change: a late writer is found within seconds. */
const LOOKS = 2;
const TOUCHED_LIMIT = 1_000;

/** One file that is being written, and its rotated parts beside it. */
export class SiblingListing implements Listing {
  readonly live: string;
  readonly completeBeforeMs = undefined;
  readonly #folder: string;
  #folders: ReadonlyMap<string, string> = new Map();
  #listed = { mtimeMs: -1, listedMs: 0 };
  #names: readonly string[] = [];
  #next = 0;
  readonly #touched = new Set<string>();

  constructor(path: string) {
    this.live = path;
    this.#folder = dirname(path);
  }

  get folders(): ReadonlyMap<string, string> {
    return this.#folders;
  }

  touch(_: string, name: string): boolean {
    if (!this.#isPart(name)) return false;
    if (this.#touched.size < TOUCHED_LIMIT) this.#touched.add(name);
    return true;
  }

  async refresh(): Promise<Listed> {
    const listed = newListed();
    const names = new Set([basename(this.live), ...this.#touched, ...this.#some()]);
    this.#touched.clear();
    for (const name of await this.#changed(listed)) names.add(name);
    for (const name of names) await look(join(this.#folder, name), true, listed);
    return listed;
  }

  /** All parts, where the folder changed since it was listed; those that went away are lost. */
  async #changed(listed: Listed): Promise<readonly string[]> {
    const stats = await statIfThere(this.#folder, listed);
    if (stats === 'blocked') return [];
    this.#folders = new Map(stats === undefined ? [] : [[`${this.#folder}@${idOf(stats)}`, this.#folder]]);
    if (stats === undefined || isUnchanged(stats, this.#listed)) return [];
    const listedMs = Date.now();
    const entries = await entriesOf(this.#folder, listed);
    if (entries === undefined) return [];
    this.#listed = { mtimeMs: stats.mtimeMs, listedMs };
    const names = new Set(entries.map(({ name }) => name).filter((name) => this.#isPart(name)));
    for (const name of this.#names) if (!names.has(name)) listed.lost.push(join(this.#folder, name));
    this.#names = [...names];
    return this.#names;
  }

  #some(): readonly string[] {
    const some = this.#names.slice(this.#next, this.#next + LOOKS);
    this.#next = this.#next + LOOKS < this.#names.length ? this.#next + LOOKS : 0;
    return some;
  }

  #isPart(name: string): boolean {
    const live = basename(this.live);
    return name === live || rotationOf(name).base === live;
  }
}
