import type { AlertEvent } from '../core/alert.ts';
import { isObject, type JsonValue } from '../core/json.ts';
import type { Hit, HitPlace } from '../core/hit.ts';
import type { Correlation } from '../core/rule.ts';

/** One event's hits in one partition, and what an alert would show of it. */
export interface HitEvent {
  readonly eventId: string;
  /** Microseconds since 1970. */
  readonly timeUs: number;
  /** Counted while events stream. */
  readonly hits: readonly Hit[];
  /** What only counts once its time is closed: told so that somebody looks into the store then. */
  readonly touches: readonly Hit[];
  /** Absent where nothing is counted while events stream. */
  readonly shown: AlertEvent | undefined;
}

type Encoded = readonly JsonValue[];

/**
 * Rules and what they count are named by their keys, because workers may be at other versions of the rules. All events that
 * a batch has for one partition are one message: with many rules an event has many hits, and a message costs more than a hit.
 */
export function encodeHits(events: readonly HitEvent[], rules: readonly Correlation[]): Buffer {
  const keys = new Map<string, number>();
  const numberOf = (key: string): number => {
    let number = keys.get(key);
    if (number === undefined) keys.set(key, (number = keys.size));
    return number;
  };
  const place = ({ correlation, base, group, value, amount, carried }: HitPlace): Encoded => {
    const rule = rules[correlation];
    const own = rule?.rules.length ?? 0;
    const isKnown = base >= own;
    const key = (isKnown ? rule?.knownBy[base - own] : rule?.rules[base]) ?? '';
    return [
      numberOf(rule?.meta.key ?? ''),
      numberOf(key),
      isKnown ? 1 : 0,
      group,
      value ?? null,
      amount ?? null,
      carried === undefined ? null : carried.map(place),
    ];
  };
  const list = events.map(({ eventId, timeUs, hits, touches, shown }) => {
    const encode = (hit: Hit): Encoded => [hit.accessId === eventId ? null : hit.accessId, ...place(hit)];
    return [eventId, timeUs, shown ?? null, hits.map(encode), touches.map(encode)];
  });
  return Buffer.from(JSON.stringify({ keys: Array.from(keys.keys()), events: list }));
}

/** Hits of rules that are not known here are left out. undefined: nobody of us wrote it. */
export function decodeHits(value: Buffer, rules: RuleIndex): readonly HitEvent[] | undefined {
  const message = parse(value);
  if (!isObject(message) || !Array.isArray(message['keys']) || !Array.isArray(message['events'])) return undefined;
  const keys = (message['keys'] as readonly JsonValue[]).map(String);
  return (message['events'] as readonly JsonValue[]).flatMap((entry) => {
    if (!Array.isArray(entry)) return [];
    const [eventId, timeUs, shown, hits, touches] = entry as Encoded;
    if (typeof eventId !== 'string' || typeof timeUs !== 'number') return [];
    const read = (list: JsonValue | undefined): readonly Hit[] =>
      arrayOf(list).flatMap((hit) => hitOf(hit, { keys, rules, eventId, timeUs }));
    const event = isObject(shown) ? (shown as unknown as AlertEvent) : undefined;
    return [{ eventId, timeUs, hits: read(hits), touches: read(touches), shown: event }];
  });
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** Where the rules are, by their keys. */
export class RuleIndex {
  readonly #byKey: ReadonlyMap<string, number>;
  readonly #bases: readonly ReadonlyMap<string, number>[];
  readonly #known: readonly ReadonlyMap<string, number>[];

  constructor(rules: readonly Correlation[]) {
    this.#byKey = new Map(rules.map(({ meta }, index) => [meta.key, index]));
    this.#bases = rules.map((rule) => new Map(rule.rules.map((key, index) => [key, index])));
    this.#known = rules.map((rule) => new Map(rule.knownBy.map((key, index) => [key, rule.rules.length + index])));
  }

  find(
    rule: string,
    base: string,
    isKnown: boolean,
  ): { readonly correlation: number; readonly base: number } | undefined {
    const correlation = this.#byKey.get(rule);
    if (correlation === undefined) return undefined;
    const index = (isKnown ? this.#known : this.#bases)[correlation]?.get(base);
    return index === undefined ? undefined : { correlation, base: index };
  }
}

interface Context {
  readonly keys: readonly string[];
  readonly rules: RuleIndex;
  readonly eventId: string;
  readonly timeUs: number;
}

function hitOf(entry: JsonValue, context: Context): readonly Hit[] {
  if (!Array.isArray(entry)) return [];
  const [accessId, ...rest] = entry as Encoded;
  const { eventId, timeUs } = context;
  return placeOf(rest, context).map((place) => ({
    ...place,
    timeUs,
    eventId,
    accessId: typeof accessId === 'string' ? accessId : eventId,
  }));
}

function placeOf(entry: Encoded, context: Context): readonly HitPlace[] {
  const [rule, base, isKnown, group, value, amount, carried] = entry;
  const found = context.rules.find(context.keys[Number(rule)] ?? '', context.keys[Number(base)] ?? '', isKnown === 1);
  if (found === undefined || !Array.isArray(group)) return [];
  const above = Array.isArray(carried)
    ? (carried as readonly JsonValue[]).flatMap((place) =>
        Array.isArray(place) ? placeOf(place as Encoded, context) : [],
      )
    : undefined;
  return [
    {
      ...found,
      group: (group as readonly JsonValue[]).map(String),
      ...(typeof value === 'string' ? { value } : {}),
      ...(typeof amount === 'number' ? { amount } : {}),
      ...(above === undefined ? {} : { carried: above }),
    },
  ];
}

function parse(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString()) as unknown;
  } catch {
    return undefined;
  }
}
