import { escapeText } from '../lib/escape.ts';
import { localTimes } from '../lib/local-time.ts';
import { parseTimeUs } from '../lib/time.ts';
import { textOfValue, valuesReader } from '../query/query-field.ts';
import type { FoundEvent } from './search.ts';
import { table } from '../lib/table.ts';

/** What is shown of an event unless fields are asked for. */
export const DEFAULT_FIELDS = [
  '@timestamp',
  'whosaw.actor.id',
  'event.action',
  'whosaw.secret.id',
  'event.outcome',
  'source.address',
  'event.reason',
] as const;

const TITLES: Readonly<Record<string, string>> = {
  '@timestamp': 'TIME',
  'whosaw.actor.id': 'WHO',
  'event.action': 'ACTION',
  'whosaw.secret.id': 'SECRET',
  'event.outcome': 'OUTCOME',
  'source.address': 'FROM',
  'event.reason': 'REASON',
};

/** A table in local time; `zone`: an IANA name, the machine's own without it. */
export function printEvents(
  events: readonly FoundEvent[],
  { fields = DEFAULT_FIELDS, zone, hasHead = true }: PrintEventsOptions = {},
): string {
  const rows = rowsOf(events, fields, zone);
  const head = fields.map((field) => TITLES[field] ?? escapeText(field));
  return table(hasHead ? [head, ...rows] : rows);
}

export interface PrintEventsOptions {
  readonly fields?: readonly string[] | undefined;
  readonly zone?: string | undefined;
  readonly hasHead?: boolean;
}

function rowsOf(
  events: readonly FoundEvent[],
  fields: readonly string[],
  zone: string | undefined,
): readonly (readonly string[])[] {
  const local = localTimes(zone);
  const readers = fields.map((field) => ({ isTime: field === '@timestamp', read: valuesReader(field) }));
  return events.map((event) =>
    readers.map(({ isTime, read }) => {
      const values = read(event).map(textOfValue);
      if (isTime) return localTime(values[0] ?? '', local);
      return values.length === 0 ? '-' : escapeText(values.join(' '));
    }),
  );
}

function localTime(text: string, local: ReturnType<typeof localTimes>): string {
  const us = parseTimeUs(text);
  if (us === undefined) return '-';
  const { date, time } = local(us / 1_000);
  return `${date} ${time}.${String(Math.floor((us % 1_000_000) / 1_000)).padStart(3, '0')}`;
}

/** The fields of an event under their dotted names; lists stay lists, absent ones are left out. */
export function fieldsOf(event: FoundEvent, fields: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      const values = valuesReader(field)(event);
      return values.length === 0 ? [] : [[field, values.length === 1 ? values[0] : values]];
    }),
  );
}
