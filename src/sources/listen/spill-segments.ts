import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a spill: it begins at `base`, counted in bytes over all that was ever put down. */
export interface Segment {
  readonly path: string;
  readonly base: number;
}

const NAME = /^(\d{16})\.spill$/;

/** Oldest first. */
export function segmentsIn(folder: string): readonly Segment[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const base = NAME.exec(name)?.[1];
      return base === undefined ? [] : [{ path: join(folder, name), base: Number(base) }];
    })
    .toSorted((a, b) => a.base - b.base);
}

export function segmentAt(folder: string, base: number): Segment {
  return { path: join(folder, `${String(base).padStart(16, '0')}.spill`), base };
}
