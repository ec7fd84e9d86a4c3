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
  const stored = Object.entries(EVENT_FIELDS).filter(([, { from }]) => from === undefined);

  it.each(stored)('%s is read from its place, and only from there', (name, { read }) => {
    expect(read(documentWith(name, 'x'))).toBe('x');
    const others = Object.keys(EVENT_FIELDS).filter((other) => other !== name);
    expect(others.filter((other) => read(documentWith(other, 'x')) === 'x')).toEqual([]);
  });

  it.each([
    ['vault:eu/secret/prod/db', 'vault:eu/secret/prod'],
    ['aws:444455556666/eu-central-1/db', 'aws:444455556666/eu-central-1'],
    ['azure:payments-prod/secrets/db', 'azure:payments-prod/secrets'],
    ['x', undefined],
  ])('the folder of %s is %s', (id, folder) => {
    expect(EVENT_FIELDS['whosaw.secret.folder'].read(documentWith('whosaw.secret.id', id))).toBe(folder);
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
