import { distance } from '../lib/nearest.ts';

/** Jaro-Winkler similarity of a name with one or two typing errors; of short ones the errors are counted. */
const ALIKE = 0.85;

/** Ids whose names resemble `text`, most alike first; then those that hold it somewhere. */
export function mostAlike(
  ids: Iterable<string>,
  text: string,
  limit: number,
  nameOf: (id: string) => string,
): readonly string[] {
  const wanted = text.toLowerCase();
  return Array.from(ids, (id) => ({ id, alike: resemblance(id, nameOf(id).toLowerCase(), wanted) }))
    .filter(({ alike }) => alike >= ALIKE)
    .toSorted((a, b) => b.alike - a.alike || (a.id < b.id ? -1 : Number(a.id > b.id)))
    .slice(0, limit)
    .map(({ id }) => id);
}

/** As many last parts of an id as the text has. */
export function lastParts(id: string, text: string): string {
  return id.split('/').slice(-text.split('/').length).join('/');
}

/** The name of a person, without the domain, unless one was typed. */
export function identityName(id: string, text: string): string {
  const person = text.includes('@') ? undefined : /^person:([^@]+)/.exec(id)?.[1];
  return person ?? lastParts(id, text);
}

function resemblance(id: string, name: string, text: string): number {
  return Math.max(
    jaroWinkler(name, text),
    id.toLowerCase().includes(text) || distance(name, text) * 3 <= name.length ? ALIKE : 0,
  );
}

/** 0 to 1; 1 for the same text. */
function jaroWinkler(a: string, b: string): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Set<number>();
  const matchesOfA: string[] = [];
  for (let at = 0; at < a.length; at += 1) {
    for (let other = Math.max(0, at - reach); other <= Math.min(b.length - 1, at + reach); other += 1) {
      if (taken.has(other) || a[at] !== b[other]) continue;
      taken.add(other);
      matchesOfA.push(a[at] ?? '');
      break;
    }
  }
  const matches = matchesOfA.length;
  if (matches === 0) return a.length === b.length && a.length === 0 ? 1 : 0;
  const matchesOfB = [...taken].toSorted((x, y) => x - y).map((at) => b[at]);
  const transpositions = matchesOfA.filter((letter, at) => letter !== matchesOfB[at]).length / 2;
  const jaro = (matches / a.length + matches / b.length + (matches - transpositions) / matches) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < Math.min(a.length, b.length) && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}
