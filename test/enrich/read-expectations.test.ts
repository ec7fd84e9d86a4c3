import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { WhosawError } from '../../src/core/errors.ts';
import { readExpectations } from '../../src/enrich/read-expectations.effect.ts';

const folder = mkdtempSync(join(tmpdir(), 'whosaw-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads a file and the calendars beside it', () => {
  mkdirSync(join(folder, 'calendars'));
  writeFileSync(join(folder, 'calendars', 'releases.ics'), 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n');
  const file = join(folder, 'expectations.yaml');
  writeFileSync(file, 'windows: { releases: { ical: calendars/releases.ics } }\n');
  expect(readExpectations(file).files).toEqual([file, join(folder, 'calendars', 'releases.ics')]);
});

it.each([
  ['gone.yaml', undefined, 'there is no such file'],
  ['.', undefined, 'is a folder, not a file'],
  ['no-calendar.yaml', 'windows: { w: { ical: gone.ics } }', 'gone.ics: there is no such file'],
  ['wrong.yaml', 'teems: {}', 'unknown key "teems"; did you mean "teams"?'],
])('says what is wrong with %s', (name, text, message) => {
  const file = join(folder, name);
  if (text !== undefined) writeFileSync(file, text);
  let caught: unknown;
  try {
    readExpectations(file);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(WhosawError);
  expect(caught).toMatchObject({ code: 'EXPECTATIONS_INVALID', problems: [{ file, message }] });
});
