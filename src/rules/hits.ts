import type { Hit, HitPlace } from '../core/hit.ts';
import { isOfValues, type Correlation } from '../core/rule.ts';
import type { Mutable } from '../lib/mutable.ts';
import { numberOf } from './compile-test.ts';
import type { Fields } from './fields.ts';
import { textOf } from './value-text.ts';

/** A correlation that counts a detection or another correlation, and as which of its bases. */
export interface Use {
  /** Index of the correlation. */
  readonly correlation: number;
  /** Index into its `rules`, then its `knownBy`. */
  readonly base: number;
}

/** What hits are made of: fields that rules name, and what tells events apart. */
export interface Countable<T> extends Fields<T> {
  timeUs(subject: T): number;
  /** 32 hex digits. */
  eventId(subject: T): string;
  accessId(subject: T): string;
}

/** What the makers of hits go by. */
export interface Counting<T> {
  readonly correlations: readonly Correlation[];
  /** By the key of a correlation: those that count its openings. */
  readonly countedBy: ReadonlyMap<string, readonly Use[]>;
  readonly countable: Countable<T>;
}

/** Who counts the detections, and who the correlations: by their keys. A detection that stands alone has both. */
export function usesOf(correlations: readonly Correlation[]): {
  readonly detections: ReadonlyMap<string, readonly Use[]>;
  readonly correlations: ReadonlyMap<string, readonly Use[]>;
} {
  const uses = { detections: new Map<string, Use[]>(), correlations: new Map<string, Use[]>() };
  for (const [correlation, { rules, knownBy, chained = [] }] of correlations.entries()) {
    for (const [base, key] of [...rules, ...knownBy].entries()) {
      const map = chained.includes(key) ? uses.correlations : uses.detections;
      const known = map.get(key);
      if (known === undefined) map.set(key, [{ correlation, base }]);
      else known.push({ correlation, base });
    }
  }
  return uses;
}

/**
 * Makes the hits of one detection that the event met: one for each correlation and base. A hit that lacks a field of
 * `group-by` is left out (unless absence is a value there), and so is one without the value that is counted.
 */
export function compileHits<T>(uses: readonly Use[], counting: Counting<T>): (subject: T, hits: Hit[]) => void {
  const { countable } = counting;
  const makers = uses.map((use) => compilePlace(use, counting));
  return (subject, hits) => {
    for (const make of makers) {
      const place = make(subject, undefined);
      if (place === undefined) continue;
      const { correlation, base, group } = place;
      const hit: Mutable<Hit> = {
        correlation,
        base,
        group,
        timeUs: countable.timeUs(subject),
        accessId: countable.accessId(subject),
        eventId: countable.eventId(subject),
      };
      if (place.value !== undefined) hit.value = place.value;
      if (place.amount !== undefined) hit.amount = place.amount;
      if (place.carried !== undefined) hit.carried = place.carried;
      hits.push(hit);
    }
  };
}

/** `below`: the hit of the correlation that this one counts, whose group may say what the event does not. */
type PlaceMaker<T> = (subject: T, below: HitPlace | undefined) => HitPlace | undefined;

function compilePlace<T>({ correlation: index, base }: Use, counting: Counting<T>, below?: Correlation): PlaceMaker<T> {
  const { correlations, countedBy, countable } = counting;
  const correlation = correlations[index];
  if (correlation === undefined) return () => undefined;
  const readGroup = compileGroup(correlation, base, countable, below);
  const { type, field, moreFields = [] } = correlation;
  const isValue = isOfValues(type);
  const readValue = isValue && field !== undefined ? compileValue([field, ...moreFields], countable) : undefined;
  const readAmount = !isValue && field !== undefined ? countable.reader(field) : undefined;
  const above = (countedBy.get(correlation.meta.key) ?? []).map((use) => compilePlace(use, counting, correlation));
  return (subject, hit) => {
    const group = readGroup(subject, hit);
    if (group === undefined) return undefined;
    const place: Mutable<HitPlace> = { correlation: index, base, group };
    if (readValue !== undefined) {
      const value = readValue(subject);
      if (value === undefined) return undefined;
      place.value = value;
    }
    if (readAmount !== undefined) {
      const amount = numberOf(readAmount(subject));
      if (amount === undefined || !Number.isFinite(amount)) return undefined;
      place.amount = amount;
    }
    if (above.length > 0) place.carried = above.flatMap((make) => make(subject, place) ?? []);
    return place;
  };
}

type GroupMaker<T> = (subject: T, below: HitPlace | undefined) => readonly string[] | undefined;

/** Undefined where the hit lacks a value and absence is none. */
function compileGroup<T>(
  { groupBy, groupFields, absentIsValue }: Correlation,
  base: number,
  fields: Fields<T>,
  below: Correlation | undefined,
): GroupMaker<T> {
  const readers = (groupFields?.[base] ?? groupBy).map((field) => {
    const place = below?.groupBy.indexOf(field) ?? -1;
    const read = groupReader(field, fields);
    return place < 0 ? read : (_: T, hit: HitPlace | undefined) => hit?.group[place] ?? '';
  });
  return (subject, hit) => {
    const group = readers.map((read) => read(subject, hit));
    return absentIsValue || !group.includes('') ? group : undefined;
  };
}

/** Several fields are counted together; what lacks one of them is not. */
function compileValue<T>(names: readonly string[], fields: Fields<T>): (subject: T) => string | undefined {
  const readers = names.map((name) => groupReader(name, fields));
  return (subject) => {
    const values = readers.map((read) => read(subject));
    return values.includes('') ? undefined : values.join(SEPARATOR);
  };
}

const SEPARATOR = '\u001f';

/** The field as one text; '' where it is absent, null or empty. The elements of an array are sorted and joined by commas. */
export function groupReader<T>(field: string, fields: Fields<T>): (subject: T) => string {
  const read = fields.reader(field);
  return (subject) => {
    const value = read(subject);
    return Array.isArray(value) ? joined(value) : (textOf(value) ?? '');
  };
}

function joined(values: readonly unknown[]): string {
  return values
    .flat(FLAT_DEPTH)
    .map((value) => textOf(value) ?? '')
    .filter((text) => text !== '')
    .toSorted()
    .join(',');
}

const FLAT_DEPTH = 16;
