import ICAL from 'ical.js';
import { fail, ok, type Result } from '../core/result.ts';

/** A part of an iCalendar file, as jCal has it (RFC 7265): nothing is known of its values until they were looked at. */
export interface Component {
  readonly name: string;
  readonly properties: readonly Property[];
  /** The parts inside it, which are read when they are asked for: a file may nest them as deeply as it is long. */
  components(name: string): readonly Component[];
}

export interface Property {
  readonly name: string;
  readonly tzid?: string;
  readonly range?: string;
  /** `date-time`, `date`, `period`, `duration`, `recur`, `utc-offset`, `text`. */
  readonly type: string;
  readonly values: readonly unknown[];
}

export const CALENDAR_LIMIT_BYTES = 1_000_000;

/** The calendar of an iCalendar file (RFC 5545); the error says what is wrong with it. */
export function parseCalendarFile(text: string): Result<Component, string> {
  if (text.length > CALENDAR_LIMIT_BYTES) return fail('is larger than 1 MB; export less of the past');
  let parsed: unknown;
  try {
    parsed = ICAL.parse(text);
  } catch (error) {
    return fail(`is no iCalendar file: ${error instanceof Error ? explain(error.message) : 'unreadable'}`);
  }
  const calendar = toComponent(parsed);
  if (calendar?.name !== 'vcalendar') return fail('is not one calendar (BEGIN:VCALENDAR ... END:VCALENDAR)');
  return ok(calendar);
}

/** ical.js quotes a line that it does not understand; the file may be another one than was meant, with secrets in it. */
function explain(message: string): string {
  return message.startsWith('invalid line') ? 'a line has neither ":" nor ";"' : message.slice(0, 200);
}

export function propertiesOf(component: Component, name: string): readonly Property[] {
  return component.properties.filter((property) => property.name === name);
}

export function firstProperty(component: Component, name: string): Property | undefined {
  return component.properties.find((property) => property.name === name);
}

/** The property's first value, where that is a text. */
export function textOf(component: Component, name: string): string | undefined {
  const value = firstProperty(component, name)?.values[0];
  return typeof value === 'string' ? value : undefined;
}

/** The elements of an array; anything else has none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toComponent(jcal: unknown): Component | undefined {
  const [name, ...parts] = listOf(jcal);
  if (typeof name !== 'string' || parts.length !== 2) return undefined;
  const [properties, inner] = parts.map(listOf);
  return {
    name,
    properties: (properties ?? []).map(toProperty).filter((property) => property !== undefined),
    components: (wanted) =>
      (inner ?? [])
        .filter((part) => listOf(part)[0] === wanted)
        .map(toComponent)
        .filter((part) => part !== undefined),
  };
}

function toProperty(jcal: unknown): Property | undefined {
  const [name, parameters, type, ...values] = listOf(jcal);
  if (typeof name !== 'string' || typeof type !== 'string') return undefined;
  const tzid = parameter(parameters, 'tzid');
  const range = parameter(parameters, 'range');
  return { name, type, values, ...(tzid === undefined ? {} : { tzid }), ...(range === undefined ? {} : { range }) };
}

function parameter(parameters: unknown, name: string): string | undefined {
  if (typeof parameters !== 'object' || parameters === null) return undefined;
  const value: unknown = Object.hasOwn(parameters, name) ? Reflect.get(parameters, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
