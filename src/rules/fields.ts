import type { Observation } from '../core/event.ts';
import { EVENT_FIELDS, isEventField } from '../core/fields.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';

/** How rules read what they are about: the matcher itself knows nothing of events. */
export interface Fields<T> {
  /**
   * A reader of the field with this name: undefined where it is absent, null where it is null. Elements from several
   * objects of an array come as one array.
   */
  reader(name: string): (subject: T) => unknown;
  /** What keywords are looked for in. */
  message(subject: T): unknown;
}

/**
 * A name of our event document reads the event; any other is the vendor's own and reads the record, which is also what
 * keywords search: the event says in other words what the record says.
 */
export const OBSERVATION_FIELDS: Fields<Observation> = {
  reader(name) {
    if (isEventField(name)) {
      const { read } = EVENT_FIELDS[name];
      return ({ event }) => read(event);
    }
    const read = readerOf(name);
    return ({ record }) => read(record);
  },
  message: ({ record }) => record,
};

/** Any JSON document as it stands. */
export const JSON_FIELDS: Fields<JsonObject> = {
  reader: readerOf,
  message: (document) => document,
};

/** Names with more dots are read as a plain path: every other way to split them would have to be tried. */
const SPLIT_LIMIT = 8;

/**
 * `a.b.c` is the key `a.b.c`, else `c` under `a.b`, else `b.c` under `a`, else the path; each array on the way is
 * crossed. Only what an object has itself counts (no `constructor`).
 */
function readerOf(name: string): (document: JsonObject) => unknown {
  const segments = name.split('.');
  if (segments.length === 1) return (document) => own(document, name);
  const steps = segments.map((_, from) => stepsFrom(segments, from));
  return (document) => readFrom(document, steps, 0, 0);
}

/** A key to try, and the segment after it. */
interface Step {
  readonly key: string;
  readonly next: number;
}

/** Longest key first. */
function stepsFrom(segments: readonly string[], from: number): readonly Step[] {
  const longest = segments.length > SPLIT_LIMIT ? from + 1 : segments.length;
  const steps: Step[] = [];
  for (let next = longest; next > from; next--) steps.push({ key: segments.slice(from, next).join('.'), next });
  return steps;
}

type Steps = readonly (readonly Step[])[];

function readFrom(value: JsonValue, steps: Steps, from: number, depth: number): JsonValue | undefined {
  const choices = steps[from];
  if (choices === undefined) return value;
  if (Array.isArray(value)) return depth > ARRAYS_LIMIT ? undefined : readFromArray(value, steps, from, depth);
  if (!isObject(value)) return undefined;
  for (const { key, next } of choices) {
    const child = own(value, key);
    const found = child === undefined ? undefined : readFrom(child, steps, next, depth);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Arrays within arrays deeper than this are not looked into. */
const ARRAYS_LIMIT = 16;

function readFromArray(
  items: readonly JsonValue[],
  steps: Steps,
  from: number,
  depth: number,
): readonly JsonValue[] | undefined {
  const found: JsonValue[] = [];
  for (const item of items) {
    const value = readFrom(item, steps, from, depth + 1);
    if (value !== undefined) found.push(value);
  }
  return found.length === 0 ? undefined : found;
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
