import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WhosawError } from '../core/errors.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Expectations } from './expectations.ts';
import { parseExpectations } from './parse-expectations.ts';

export interface ReadExpectations extends Expectations {
  /** Absolute paths of the file and its calendars: when one of them changes, it has to be read again. */
  readonly files: readonly string[];
}

/**
 * Reads expectations.yaml, and the calendars that it names relative to itself. Throws WhosawError EXPECTATIONS_INVALID
 * with all problems: nothing of a file is used until all of it is right.
 */
export function readExpectations(file: string): ReadExpectations {
  const place = (calendar: string): string => resolve(dirname(file), calendar);
  const text = readText(file);
  const parsed = text.ok
    ? parseExpectations(text.value, file, (calendar) => readText(place(calendar)))
    : fail([{ file, line: 1, column: 1, message: text.error, severity: 'error' as const }]);
  if (parsed.ok) return { ...parsed.value, files: [resolve(file), ...parsed.value.calendars.map(place)] };
  const count = parsed.error.length === 1 ? 'one problem' : `${parsed.error.length} problems`;
  throw new WhosawError('EXPECTATIONS_INVALID', `${file} has ${count}; mend it and try again.`, {
    problems: parsed.error,
  });
}

function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return fail(REASONS[code] ?? `cannot be read (${code})`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a folder, not a file',
};
