import { EVENT_FIELDS, type EventField } from '../core/fields.ts';
import { isObject } from '../core/json.ts';
import type { AuditEvent } from '../core/event.ts';
import type { JsonValue } from '../core/json.ts';

/** Behind it the vendor's own fields: `whosaw.record.eventName`. */
export const RECORD = 'whosaw.record.';

/** A document as it is asked: the event, and the vendor's redacted record. */
export interface Document {
  readonly event: AuditEvent;
  readonly record: JsonValue;
}

export type FieldType = EventField['type'] | 'address' | 'vendor';

export interface QueryField {
  readonly name: string;
  readonly type: FieldType;
  /** A closed set: nothing else is ever in the field. */
  readonly values?: readonly string[];
}

const FIELDS: ReadonlyMap<string, EventField> = new Map(Object.entries(EVENT_FIELDS));

export const FIELD_NAMES: readonly string[] = [...FIELDS.keys()];

/** undefined where there is no such field. */
export function queryField(name: string): QueryField | undefined {
  if (name.startsWith(RECORD) && name.length > RECORD.length) return { name, type: 'vendor' };
  const field = FIELDS.get(name);
  if (field === undefined) return undefined;
  const type = name === 'source.ip' ? 'address' : field.type;
  return { name, type, ...(field.values === undefined ? {} : { values: field.values }) };
}

/** The values of a field: none, one, or those of a list. */
export function valuesReader(name: string): (document: Document) => readonly unknown[] {
  if (name.startsWith(RECORD)) {
    const path = name.slice(RECORD.length).split('.');
    return ({ record }) => leavesAt(record, path, 0);
  }
  const field = FIELDS.get(name);
  return ({ event }) => {
    const value = field?.read(event);
    if (value === undefined || value === null) return NONE;
    return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  };
}

const NONE: readonly unknown[] = [];

/** A value as text: as JSON prints it where it is none. */
export function textOfValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Lists are gone through; a name may hold dots itself. */
function leavesAt(value: unknown, path: readonly string[], from: number): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((element) => leavesAt(element, path, from));
  if (from === path.length) return value === undefined || value === null || isObject(value) ? NONE : [value];
  if (!isObject(value)) return NONE;
  return path.slice(from).flatMap((_, length) => {
    const key = path.slice(from, from + length + 1).join('.');
    return Object.hasOwn(value, key) ? leavesAt(value[key], path, from + length + 1) : NONE;
  });
}
