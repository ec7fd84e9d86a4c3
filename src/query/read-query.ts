import { WhosawError } from '../core/errors.ts';
import { escapeText } from '../lib/escape.ts';
import { parseQuery } from './parse-query.ts';
import type { Query } from './syntax.ts';

/** The query of a text that somebody typed. Throws USAGE, which shows the text with the place of what is wrong. */
export function readQuery(text: string, nowMs: number): Query {
  const parsed = parseQuery(text, nowMs);
  if (parsed.ok) return parsed.value;
  const { column, message } = parsed.error;
  const start = Math.max(0, column - 1 - SHOWN);
  const shown = escapeText(text.slice(start, column - 1 + SHOWN));
  const before = escapeText(text.slice(start, column - 1)).length;
  throw new WhosawError(
    'USAGE',
    `In the query, column ${column}: ${message}${message.endsWith('?') ? '' : '.'}\n  ${shown}\n  ${' '.repeat(before)}^`,
  );
}

/** Characters of the query around its mistake. */
const SHOWN = 60;
