import type { Correlation } from '../core/rule.ts';
import type { Marks } from './marks.ts';
import { memoryless, type Opening } from './opening.ts';

export interface FirstSeenOptions {
  readonly own: Marks;
  readonly known: Marks | undefined;
  readonly least: number;
  /** What a group, by its key, is known as. */
  readonly knownKey: (key: string) => string;
  /** How far the first hit of all groups has to lie back. */
  readonly settleMs: number;
}

/** The first hit within the history, though what it is known as is known by `least` others. */
export function firstSeen({ own, known, least, knownKey, settleMs }: FirstSeenOptions): Opening {
  return memoryless((hits, index) => {
    const { key } = hits;
    const hit = hits.ref(index);
    if (own.countBefore(key, hit, 1) > 0) return false;
    if (settleMs > 0 && hit.timeUs - own.oldestUs < settleMs * 1_000) return false;
    return known === undefined || known.countBefore(knownKey(key), hit, least) >= least;
  });
}

/** What a group is known as, by its joined values. */
export function knownKeyOf({ groupBy, knownAs }: Correlation, separator: string): (key: string) => string {
  if (knownAs === undefined) return (key) => key;
  const places = knownAs.map((field) => groupBy.indexOf(field));
  return (key) => {
    const values = key.split(separator);
    return places.map((place) => values[place] ?? '').join(separator);
  };
}

/** Under which marks are kept: other acquaintances are another memory. */
export function marksKey({ meta, knownAs }: Correlation): string {
  return knownAs === undefined ? meta.key : `${meta.key}@${knownAs.join(',')}`;
}
