import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { isObject } from '../../core/json.ts';

/** Entries that were thrown away because there was no room. */
export interface Drops {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  readonly bytes: number;
}

export interface SpillState {
  /** Somebody listened until then, milliseconds since 1970. */
  readonly aliveMs: number;
  /** Not told as a gap yet. */
  readonly drops?: Drops;
}

/** Fixed, so that it is written over in place: that works on a disk that is full as well. */
const BYTES = 4_096;

/** What a listener knows of itself, next to its spill. */
export class SpillStateFile {
  readonly #fd: number;
  /** As the last process left it. */
  readonly before: SpillState | undefined;

  constructor(path: string) {
    this.before = read(path);
    this.#fd = openSync(path, this.before === undefined ? 'w' : 'r+', 0o600);
  }

  write(state: SpillState): void {
    const text = JSON.stringify(state);
    const line = `${crc32(text).toString(16).padStart(8, '0')} ${text}`;
    writeSync(this.#fd, line.padEnd(BYTES - 1) + '\n', 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function read(path: string): SpillState | undefined {
  try {
    const line = readFileSync(path, 'utf8').trimEnd();
    const text = line.slice(9);
    const value: unknown = JSON.parse(text);
    if (crc32(text).toString(16).padStart(8, '0') !== line.slice(0, 8) || !isObject(value)) return undefined;
    const { aliveMs, drops } = value;
    if (typeof aliveMs !== 'number') return undefined;
    return isDrops(drops) ? { aliveMs, drops } : { aliveMs };
  } catch {
    return undefined;
  }
}

function isDrops(value: unknown): value is Drops {
  if (!isObject(value)) return false;
  return ['fromMs', 'toMs', 'count', 'bytes'].every((name) => typeof value[name] === 'number');
}
