import { RecentMap } from '../lib/recent-map.ts';
import { TextFinder } from '../lib/text-finder.ts';
import type { Matcher } from './compile-expression.ts';
import type { Fields } from './fields.ts';
import type { Necessary, Needed } from './necessary.ts';
import { fold } from './pattern.ts';
import { someValue, textOf } from './value-text.ts';

export interface Indexed<T> {
  /** What a match is reported as; several entries of one number are ways to the same match. */
  readonly number: number;
  readonly necessary: Necessary;
  readonly matches: Matcher<T>;
}

/** Numbers of the entries that match the subject, ascending, each once. */
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
    return { read: fields.reader(field), waitingFor: waitingFor(field, waiting) };
  });
  return (subject) => {
    let found: number[] | undefined;
    for (const { read, waitingFor } of lookups) {
      const value = read(subject);
      if (value === undefined || value === null) continue;
      if (Array.isArray(value)) {
        found = addFromArray(waitingFor, value, subject, found);
        continue;
      }
      const text = textOf(value);
      if (text === undefined) continue;
      for (const entry of waitingFor(text)) found = ask(entry, subject, found);
    }
    for (const entry of always) found = ask(entry, subject, found);
    if (found === undefined) return NOTHING;
    return found.length === 1 ? found : found.sort((a, b) => a - b);
  };
}

interface Lookup<T> {
  readonly read: (subject: T) => unknown;
  readonly waitingFor: WaitingFor<T>;
}

/** Entries that wait for a value of this text; each once. */
type WaitingFor<T> = (text: string) => readonly Indexed<T>[];

const NOTHING: readonly number[] = Object.freeze([]);

function ask<T>({ number, matches }: Indexed<T>, subject: T, found: number[] | undefined): number[] | undefined {
  if (found === undefined) return matches(subject) ? [number] : undefined;
  if (!found.includes(number) && matches(subject)) found.push(number);
  return found;
}

/** Several elements may lead to one entry, which is found once. */
function addFromArray<T>(
  waitingFor: WaitingFor<T>,
  values: readonly unknown[],
  subject: T,
  found: number[] | undefined,
): number[] | undefined {
  const candidates = new Set<Indexed<T>>();
  someValue(values, (value) => {
    const text = textOf(value);
    if (text !== undefined) for (const entry of waitingFor(text)) candidates.add(entry);
    return false;
  });
  let result = found;
  for (const entry of candidates) result = ask(entry, subject, result);
  return result;
}

/** Values come again and again: parts are looked for in new ones only. */
const VALUES_REMEMBERED = 8_192;
/** Longer values are not remembered. */
const REMEMBERED_LENGTH = 256;

function waitingFor<T>(field: string, entries: readonly Indexed<T>[]): WaitingFor<T> {
  const whole = byText(field, entries, 'whole');
  const byPart = byText(field, entries, 'part');
  if (byPart.size === 0) return (text) => whole.get(fold(text)) ?? NONE;
  const finder = new TextFinder([...byPart.keys()]);
  const waiting = [...byPart.values()];
  const known = new RecentMap<readonly Indexed<T>[]>(VALUES_REMEMBERED);
  const look = (text: string): readonly Indexed<T>[] => {
    const folded = fold(text);
    const parts = finder.find(folded).flatMap((index) => waiting[index] ?? []);
    return [...new Set([...(whole.get(folded) ?? []), ...parts])];
  };
  return (text) => {
    if (text.length > REMEMBERED_LENGTH) return look(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = look(text);
    known.set(text, found);
    return found;
  };
}

const NONE: readonly never[] = Object.freeze([]);

function byText<T>(
  field: string,
  entries: readonly Indexed<T>[],
  as: Needed['as'],
): ReadonlyMap<string, readonly Indexed<T>[]> {
  const map = new Map<string, Indexed<T>[]>();
  for (const entry of entries) {
    const needed = neededOf(entry, field);
    if (needed?.as !== as) continue;
    for (const text of needed.texts) {
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
      for (const text of neededOf(entry, field)?.texts ?? []) known.add(text);
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

function neededOf<T>({ necessary }: Indexed<T>, field: string): Needed | undefined {
  return necessary === 'never' ? undefined : necessary.get(field);
}
