import { isObject, objectAt, stringAt } from '../core/json.ts';
import { SOURCE_TYPES, type Origin, type RawRecord } from '../core/record.ts';

/** Between the records of a message: no valid JSON text has it (RFC 7464). */
export const SEPARATOR = '\u001e';
const RECORD = ',"record":';

/** One record as a part of a message; it keeps its own text. */
export function encodeRecord({ type, origin, cluster, text, seen, unanswered }: RawRecord): string {
  return `${JSON.stringify({ type, origin, cluster, seen, unanswered }).slice(0, -1)}${RECORD}${text}}`;
}

/** What can't be read is undefined: somebody else wrote to the topic. */
export function decodeRecords(value: string): readonly (RawRecord | undefined)[] {
  return value.split(SEPARATOR).map(decodeRecord);
}

function decodeRecord(line: string): RawRecord | undefined {
  const parsed = parse(line);
  if (!isObject(parsed)) return undefined;
  const { record, type, seen } = parsed;
  const known = SOURCE_TYPES.find((name) => name === type);
  const origin = originOf(parsed['origin']);
  const at = line.indexOf(RECORD);
  if (!isObject(record) || known === undefined || typeof seen !== 'string' || origin === undefined || at === -1) {
    return undefined;
  }
  const cluster = stringAt(parsed, 'cluster');
  return {
    type: known,
    origin,
    ...(cluster === undefined ? {} : { cluster }),
    record,
    text: line.slice(at + RECORD.length, -1),
    seen,
    ...(parsed['unanswered'] === true ? { unanswered: true as const } : {}),
  };
}

function originOf(value: unknown): Origin | undefined {
  const source = stringAt(objectAt({ origin: value as never }, 'origin'), 'source');
  return source === undefined ? undefined : (value as Origin);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
