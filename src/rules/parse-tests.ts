import { EVENT_FIELDS, isEventField } from '../core/fields.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { parseDuration } from '../lib/duration.ts';
import { wrongName } from './field-name.ts';
import type { Report, TestCase, TestLine } from './syntax.ts';
import { checkKeys, mapAt } from './yaml-read.ts';
import { toJson, type YamlEntry, type YamlMap } from './yaml-tree.ts';

type Fields = ReadonlyMap<string, JsonValue>;

/** More events than this in one case test the machine, not the rule. */
const EVENTS_LIMIT = 10_000;
const RESERVED = ['at', 'times', 'every', 'until'];

/** `tests` of a rule: its cases, each line with the fields of `given` under its own. */
export function parseTests(document: YamlMap, report: Report): readonly TestCase[] {
  const map = mapAt(document, 'tests', report);
  if (map === undefined) return [];
  checkKeys(map, ['given', 'fires', 'quiet'], { report, what: '`tests`', severity: 'error' });
  const given = mapAt(map, 'given', report);
  const base = given === undefined ? new Map<string, JsonValue>() : readFields(given, report);
  return (['fires', 'quiet'] as const).flatMap((kind) => {
    const cases = mapAt(map, kind, report);
    if (cases === undefined) return [];
    return Array.from(cases.entries.values()).flatMap((entry) => parseCase(kind, entry, base, report) ?? []);
  });
}

function parseCase(kind: TestCase['kind'], entry: YamlEntry, base: Fields, report: Report): TestCase | undefined {
  const { key, place, value } = entry;
  if (value.kind !== 'list' || value.items.length === 0) {
    report(place, 'a test is a list of events: `- { field: value }`');
    return undefined;
  }
  const lines: TestLine[] = [];
  let untilMs: number | undefined;
  for (const item of value.items) {
    if (item.kind === 'map' && item.entries.has('until')) untilMs = parseUntil(item, report) ?? untilMs;
    else if (item.kind === 'map') lines.push(parseLine(item, base, report));
    else report(item.place, 'an event is a map of fields: `{ field: value }`');
  }
  const events = lines.reduce((sum, { times }) => sum + times, 0);
  if (events > EVENTS_LIMIT) report(place, `more than ${EVENTS_LIMIT} events in one test`);
  const until = untilMs === undefined ? {} : { untilMs };
  return { kind, name: key, line: place.line, lines: events > EVENTS_LIMIT ? [] : lines, ...until };
}

/** `{ until: 2h }`: no event, but so far nothing else comes. */
function parseUntil(map: YamlMap, report: Report): number | undefined {
  const other = Array.from(map.entries.values()).find(({ key }) => key !== 'until');
  if (other !== undefined) report(other.place, '`until` stands alone: `- { until: 2h }`');
  return offsetAt(map, 'until', report);
}

const SECOND_MS = 1_000;

function parseLine(map: YamlMap, base: Fields, report: Report): TestLine {
  return {
    line: map.place.line,
    atMs: map.entries.has('at') ? offsetAt(map, 'at', report) : undefined,
    times: timesAt(map, report),
    everyMs: offsetAt(map, 'every', report) ?? SECOND_MS,
    fields: new Map([...base, ...readFields(map, report)]),
  };
}

/** Milliseconds; `at` may lie before 12:00. */
function offsetAt(map: YamlMap, key: 'at' | 'every' | 'until', report: Report): number | undefined {
  const value = map.entries.get(key)?.value;
  if (value === undefined) return undefined;
  const text = value.kind === 'scalar' ? value.text : '';
  const before = key !== 'every' && text.startsWith('-');
  const duration = parseDuration(before ? text.slice(1) : text);
  if (duration === undefined || duration > OFFSET_LIMIT_MS) {
    report(value.place, `\`${key}\` must be a duration, as 42s, 5m or ${key === 'every' ? '1d' : '-7d'}`);
    return undefined;
  }
  return before ? -duration : duration;
}
const OFFSET_LIMIT_MS = 3_650 * 86_400_000;

function timesAt(map: YamlMap, report: Report): number {
  const value = map.entries.get('times')?.value;
  if (value === undefined) return 1;
  const times = value.kind === 'scalar' ? value.value : undefined;
  if (typeof times === 'number' && Number.isSafeInteger(times) && times > 0) return times;
  report(value.place, '`times` must be a whole number above 0');
  return 1;
}

/** Maps become dotted names, so that `user: { name: x }` and `user.name: x` say the same. */
function readFields(map: YamlMap, report: Report): Fields {
  const fields = new Map<string, JsonValue>();
  for (const { key, place, value } of map.entries.values()) {
    if (RESERVED.includes(key)) continue;
    const flat = new Map<string, JsonValue>();
    flatten(key, toJson(value), flat);
    for (const [name, found] of flat) {
      const wrong = wrongWith(name, found);
      if (wrong === undefined) fields.set(name, found);
      else report(place, wrong);
    }
  }
  return fields;
}

function flatten(name: string, value: JsonValue, fields: Map<string, JsonValue>): void {
  if (!isObject(value) || Object.keys(value).length === 0) {
    fields.set(name, value);
    return;
  }
  const object: JsonObject = value;
  for (const key of Object.keys(object)) flatten(`${name}.${key}`, object[key] ?? null, fields);
}

/** Our own fields have types and some have closed sets of values; a vendor's may hold anything. */
function wrongWith(name: string, value: JsonValue): string | undefined {
  if (name === '@timestamp') return 'the time of a test event is `at`';
  if (!isEventField(name) || value === null) return wrongName(name);
  const { type, values, from } = EVENT_FIELDS[name];
  if (from !== undefined) return `\`${name}\` follows from \`${from}\`: write that`;
  if (values !== undefined && !values.some((known) => known === value))
    return `\`${name}\` is one of ${values.join(', ')}`;
  if (type === 'boolean' && typeof value !== 'boolean') return `\`${name}\` must be true or false`;
  if (type === 'number' && typeof value !== 'number') return `\`${name}\` must be a number`;
  if ((type === 'keyword' || type === 'date') && typeof value === 'object') return `\`${name}\` must be a text`;
  return undefined;
}
