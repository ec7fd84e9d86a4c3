import type { AuditEvent, Observation } from '../core/event.ts';
import { EVENT_FIELDS, isEventField } from '../core/fields.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { LogSource } from '../core/rule.ts';
import { id128, sha256 } from '../lib/hash.ts';
import { formatTimeUs } from '../lib/time.ts';
import { CHANNELS, channelsOf, datasetOf, needsSecret, VAULT, type Channel } from './logsource.ts';
import type { TestCase } from './syntax.ts';

/** 0s of every test: 12:00 UTC. */
const NOON_US = Date.UTC(2025, 0, 15, 12) * 1_000;
const SECOND_MS = 1_000;

type Fields = ReadonlyMap<string, JsonValue>;

/** An event of a test, and the line of the rule file that it comes from. */
export interface TestEvent {
  readonly line: number;
  readonly observation: Observation;
}

/**
 * The events of a test. What every event has and a line does not say is filled in with plain values; a rule about access
 * to secrets gets a secret. Names that are not ours go into the vendor's record. The stream is that of `event.dataset` or
 * `event.module`, else of the rule's logsource, else Vault's. `{n}` in a value is the number of the event in its line.
 */
export function expandTest(test: TestCase, logsources: readonly LogSource[]): readonly TestEvent[] {
  const events: TestEvent[] = [];
  let atMs = -SECOND_MS;
  for (const line of test.lines) {
    atMs = line.atMs ?? atMs + SECOND_MS;
    for (let count = 0; count < line.times; count++) {
      if (count > 0) atMs += line.everyMs;
      const number = events.length;
      const fields = numbered(line.fields, count + 1);
      const observation = observationOf({ fields, logsources, number, timeUs: NOON_US + atMs * 1_000 });
      events.push({ line: line.line, observation });
    }
  }
  return events;
}

/** A line of many events may tell them apart. */
function numbered(fields: Fields, number: number): Fields {
  const told = Array.from(fields).flatMap(([name, value]): [string, JsonValue][] => {
    if (typeof value !== 'string' || !value.includes('{n}')) return [];
    return [[name, value.replaceAll('{n}', String(number))]];
  });
  return told.length === 0 ? fields : new Map([...fields, ...told]);
}

/** Microseconds: so far the world of the test is watched; undefined: until its last event. */
export function untilOf({ untilMs }: TestCase): number | undefined {
  return untilMs === undefined ? undefined : NOON_US + untilMs * 1_000;
}

interface Seed {
  readonly fields: Fields;
  readonly logsources: readonly LogSource[];
  readonly number: number;
  readonly timeUs: number;
}

function observationOf(seed: Seed): Observation {
  const stream = streamOf(seed);
  const ours = new Map<string, JsonValue>(defaultsOf(seed, stream));
  const vendors = new Map<string, JsonValue>();
  for (const [name, value] of seed.fields) {
    if (!isEventField(name)) vendors.set(name, value);
    else ours.set(name, EVENT_FIELDS[name].type === 'keywords' && typeof value === 'string' ? [value] : value);
  }
  fillIn(ours);
  const record = nest(vendors);
  // Every field that AuditEvent asks for has a default; a test that takes one away means it.
  const event = nest(ours) as unknown as AuditEvent;
  return { type: stream.type, event, record, text: JSON.stringify(record), timeUs: seed.timeUs };
}

function streamOf({ fields, logsources }: Seed): Channel {
  const named = (field: string, of: (channel: Channel) => string): Channel | undefined =>
    CHANNELS.find((channel) => of(channel) === fields.get(field));
  const meant = logsources.filter(({ product }) => product !== undefined).flatMap(channelsOf)[0];
  return (
    named('event.dataset', datasetOf) ??
    named('event.module', ({ product }) => product) ??
    CHANNELS[meant ?? 0] ??
    VAULT
  );
}

function defaultsOf({ fields, logsources, number, timeUs }: Seed, stream: Channel): readonly [string, JsonValue][] {
  const { product: module } = stream;
  const time = formatTimeUs(timeUs);
  const id = id128('test', String(number));
  const access = fields.get('whosaw.access.id');
  const secret: [string, JsonValue][] = logsources.some(needsSecret)
    ? [['whosaw.secret.id', `${module}:test/example`]]
    : [];
  return [
    ['@timestamp', time],
    ['ecs.version', '9.0.0'],
    ['event.id', id],
    ['event.kind', 'event'],
    ['event.category', []],
    ['event.type', []],
    ['event.action', 'test'],
    ['event.outcome', 'unknown'],
    ['event.provider', module],
    ['event.module', module],
    ['event.dataset', datasetOf(stream)],
    ['event.created', time],
    ['event.original_hash', sha256(id)],
    ['whosaw.access.id', typeof access === 'string' ? access : id],
    ['whosaw.origin.source', 'test'],
    ...secret,
  ];
}

/** What belongs to a field that is there: a secret has a name, an address is where an IP came from. */
function fillIn(fields: Map<string, JsonValue>): void {
  const secret = fields.get('whosaw.secret.id');
  if (typeof secret === 'string') {
    const [store = '', ...rest] = secret.split(':');
    setDefault(fields, 'whosaw.secret.name', rest.join(':'));
    setDefault(fields, 'whosaw.secret.store', store);
    setDefault(fields, 'whosaw.secret.kind', 'secret');
  }
  if (typeof fields.get('whosaw.actor.id') === 'string') setDefault(fields, 'whosaw.actor.kind', 'unknown');
  const ip = fields.get('source.ip');
  if (typeof ip === 'string') setDefault(fields, 'source.address', ip);
  for (const name of ['event.id', 'whosaw.access.id']) {
    const id = fields.get(name);
    if (typeof id === 'string' && !/^[0-9a-f]{32}$/.test(id)) fields.set(name, id128(id));
  }
}

function setDefault(fields: Map<string, JsonValue>, name: string, value: JsonValue): void {
  if (!fields.has(name)) fields.set(name, value);
}

type Tree = Map<string, Tree | JsonValue>;

/** Dotted names -> nested objects; null leaves a field out. Keys stay plain keys, `__proto__` too. */
function nest(fields: Fields): JsonObject {
  const root: Tree = new Map();
  for (const [name, value] of fields) {
    if (value === null) continue;
    const segments = name.split('.');
    let tree = root;
    for (const segment of segments.slice(0, -1)) {
      const child = tree.get(segment);
      const next: Tree = child instanceof Map ? child : new Map();
      tree.set(segment, next);
      tree = next;
    }
    tree.set(segments.at(-1) ?? name, value);
  }
  return toObject(root);
}

function toObject(tree: Tree): JsonObject {
  return Object.fromEntries(Array.from(tree, ([key, value]) => [key, value instanceof Map ? toObject(value) : value]));
}
