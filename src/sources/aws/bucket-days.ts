import { createHash } from 'node:crypto';
import { isObject, type JsonValue } from '../../core/json.ts';

const DAY_MS = 86_400_000;
const HASH_LENGTH = 8;
/** Files of one day that a checkpoint names; a day with more is read again after a restart. */
const NAMED_LIMIT = 20_000;

/** Which files of which days were read. A day is a number: days since 1970. */
export class BucketDays {
  /** Days before it are closed: all that came in time was read. */
  first: number;
  readonly #read: Map<number, Set<string>>;

  constructor(state: JsonValue | undefined, startMs: number) {
    const known = isObject(state) ? state : {};
    this.first = typeof known['first'] === 'number' ? known['first'] : dayOf(startMs);
    const read = isObject(known['read']) ? Object.entries(known['read']) : [];
    this.#read = new Map(
      read.flatMap(([day, hashes]) => (typeof hashes === 'string' ? [[Number(day), setOf(hashes)] as const] : [])),
    );
  }

  has(day: number, key: string): boolean {
    return this.#read.get(day)?.has(hashOf(key)) === true;
  }

  add(day: number, key: string): void {
    const set = this.#read.get(day) ?? new Set();
    set.add(hashOf(key));
    this.#read.set(day, set);
  }

  /** Nothing more is expected of days before this one. */
  close(before: number): void {
    this.first = Math.max(this.first, before);
    for (const day of this.#read.keys()) if (day < this.first) this.#read.delete(day);
  }

  state(): JsonValue {
    const named = [...this.#read].filter(([, set]) => set.size <= NAMED_LIMIT);
    return { first: this.first, read: Object.fromEntries(named.map(([day, set]) => [String(day), [...set].join('')])) };
  }
}

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** `2026/03/02/`, as it stands in the keys of a trail. */
export function folderOf(day: number): string {
  return `${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '/')}/`;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64').slice(0, HASH_LENGTH);
}

function setOf(hashes: string): Set<string> {
  const set = new Set<string>();
  for (let at = 0; at < hashes.length; at += HASH_LENGTH) set.add(hashes.slice(at, at + HASH_LENGTH));
  return set;
}
