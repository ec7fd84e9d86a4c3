import type { Matcher } from './compile-expression.ts';
import type { Fields } from './fields.ts';
import type { Necessary } from './necessary.ts';
import { fold } from './pattern.ts';
import { someValue, textOf } from './value-text.ts';

export interface Indexed<T> {
  /** What a match is reported as. */
  readonly number: number;
  readonly necessary: Necessary;
  readonly matches: Matcher<T>;
}

/** Numbers of the entries that match the subject, ascending. */
export interface DetectionIndex<T> {
  (subject: T): readonly number[];
}

/**
 * Finds what matches without asking everything: each entry waits under one field for the texts that it needs there, so
 * that a subject reads a few fields once and meets only what can match. Entries that need nothing are always asked.
 */
export function indexDetections<T>(entries: readonly Indexed<T>[], fields: Fields<T>): DetectionIndex<T> {
  const possible = entries.filter(({ necessary }) => necessary !== 'never');
  const chosen = chooseFields(possible);
  const always = possible.filter((entry) => !chosen.has(entry));
  const lookups = [...new Set(chosen.values())].map((field): Lookup<T> => {
    const waiting = possible.filter((entry) => chosen.get(entry) === field);
    return { read: fields.reader(field), byText: byText(field, waiting) };
  });
  return (subject) => {
    let found: number[] | undefined;
    for (const { read, byText } of lookups) {
      const value = read(subject);
      if (value === undefined || value === null) continue;
      if (Array.isArray(value)) {
        found = addFromArray(byText, value, subject, found);
        continue;
      }
      const text = textOf(value);
      const waiting = text === undefined ? undefined : byText.get(fold(text));
      if (waiting === undefined) continue;
      for (const { number, matches } of waiting) if (matches(subject)) found = add(found, number);
    }
    for (const { number, matches } of always) if (matches(subject)) found = add(found, number);
    if (found === undefined) return NOTHING;
    return found.length === 1 ? found : found.sort((a, b) => a - b);
  };
}

interface Lookup<T> {
  readonly read: (subject: T) => unknown;
  readonly byText: ReadonlyMap<string, readonly Indexed<T>[]>;
}

const NOTHING: readonly number[] = Object.freeze([]);

function add(found: number[] | undefined, number: number): number[] {
  if (found === undefined) return [number];
  found.push(number);
  return found;
}

/** Several elements may lead to one entry, which is found once. */
function addFromArray<T>(
  byText: ReadonlyMap<string, readonly Indexed<T>[]>,
  values: readonly unknown[],
  subject: T,
  found: number[] | undefined,
): number[] | undefined {
  const candidates = new Set<Indexed<T>>();
  someValue(values, (value) => {
    const text = textOf(value);
    for (const entry of (text === undefined ? undefined : byText.get(fold(text))) ?? []) candidates.add(entry);
    return false;
  });
  let result = found;
  for (const { number, matches } of candidates) if (matches(subject)) result = add(result, number);
  return result;
}

function byText<T>(field: string, entries: readonly Indexed<T>[]): ReadonlyMap<string, readonly Indexed<T>[]> {
  const map = new Map<string, Indexed<T>[]>();
  for (const entry of entries) {
    for (const text of textsOf(entry, field)) {
      const waiting = map.get(text) ?? [];
      waiting.push(entry);
      map.set(text, waiting);
    }
  }
  return map;
}

/**
 * One field for each entry that needs any. A field of which many different texts are asked tells events apart best; an
 * entry that would be alone under its best field goes to where others are, which saves reading one.
 */
function chooseFields<T>(entries: readonly Indexed<T>[]): ReadonlyMap<Indexed<T>, string> {
  const texts = new Map<string, Set<string>>();
  for (const entry of entries) {
    for (const field of fieldsOf(entry)) {
      const known = texts.get(field) ?? new Set();
      for (const text of textsOf(entry, field)) known.add(text);
      texts.set(field, known);
    }
  }
  const bySelectivity = (a: string, b: string): number => (texts.get(b)?.size ?? 0) - (texts.get(a)?.size ?? 0);
  const chosen = new Map<Indexed<T>, string>();
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    const [best] = fieldsOf(entry).toSorted(bySelectivity);
    if (best === undefined) continue;
    chosen.set(entry, best);
    sizes.set(best, (sizes.get(best) ?? 0) + 1);
  }
  for (const [entry, field] of chosen) {
    if ((sizes.get(field) ?? 0) > 1) continue;
    const shared = fieldsOf(entry)
      .toSorted(bySelectivity)
      .find((other) => (sizes.get(other) ?? 0) > 1);
    if (shared === undefined) continue;
    chosen.set(entry, shared);
    sizes.set(field, 0);
    sizes.set(shared, (sizes.get(shared) ?? 0) + 1);
  }
  return chosen;
}

function fieldsOf<T>({ necessary }: Indexed<T>): readonly string[] {
  return necessary === 'never' ? [] : Array.from(necessary.keys());
}

function textsOf<T>({ necessary }: Indexed<T>, field: string): ReadonlySet<string> {
  return (necessary === 'never' ? undefined : necessary.get(field)) ?? new Set();
}
