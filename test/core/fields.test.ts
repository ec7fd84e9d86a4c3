import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/core/event.ts';
import { EVENT_FIELDS, isEventField } from '../../src/core/fields.ts';

/** A document with one value, under the field's name. */
function documentWith(name: string, value: string): AuditEvent {
  const nested =
    name === '@timestamp'
      ? { [name]: value }
      : name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  // Readers may count on what every event has.
  return {
    ecs: {},
    event: {},
    ...(nested as object),
    whosaw: { access: {}, origin: {}, ...(nested as { whosaw?: object }).whosaw },
  } as AuditEvent;
}

describe('the table of event fields', () => {
  it.each(Object.entries(EVENT_FIELDS))('%s is read from its place, and only from there', (name, { read }) => {
    expect(read(documentWith(name, 'x'))).toBe('x');
    const others = Object.keys(EVENT_FIELDS).filter((other) => other !== name);
    expect(others.filter((other) => read(documentWith(other, 'x')) === 'x')).toEqual([]);
  });

  it.each(Object.entries(EVENT_FIELDS))('%s is described', (_name, { description }) => {
    expect(description).toMatch(/^[A-Z`].*[.`?]$/);
  });

  it('knows its own names only', () => {
    expect(isEventField('event.action')).toBe(true);
    expect(['eventName', 'event', 'constructor', '__proto__', 'toString'].filter((name) => isEventField(name))).toEqual(
      [],
    );
  });
});
