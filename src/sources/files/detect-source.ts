import type { SourceType } from '../../core/record.ts';

/** So many lines may be no record (a cut first line, a banner) before a file counts as unknown. */
const LINES_TRIED = 20;
const LOOKED_AT_BYTES = 64 * 1024;

/**
 * Tells from a file's first bytes (and, where they say nothing, its path) whose audit stream it is. Looks at the names
 * of keys only, in the places where each vendor puts them: text inside values, which attackers write, does not count.
 */
export function detectSource(firstBytes: Buffer, path: string): SourceType | undefined {
  const text = firstBytes.toString('latin1', 0, LOOKED_AT_BYTES);
  let start = 0;
  for (let line = 0; line < LINES_TRIED && start < text.length; line++) {
    const type = sourceOf(keysOf(text, text.indexOf('{', start)));
    if (type !== undefined) return type;
    const end = text.indexOf('\n', start);
    if (end === -1) break;
    start = end + 1;
  }
  return /_CloudTrail(?:-Insight)?_/.test(path) ? 'cloudtrail' : undefined;
}

function sourceOf(keys: ReadonlySet<string>): SourceType | undefined {
  const has = (...names: readonly string[]) => names.every((name) => keys.has(name));
  if (has('eventVersion') || has('eventSource', 'eventName') || has('CloudTrailEvent') || has('Records')) {
    return 'cloudtrail';
  }
  if (has('operationName') || has('OperationName') || has('records')) return 'keyvault';
  if (has('type', 'request') || has('type', 'response') || has('type', 'auth')) return 'vault';
  return undefined;
}

/** The envelopes whose first record's keys count as well. */
const ENVELOPES = new Set(['Records', 'records', 'Events', 'detail']);

/**
 * Names of the keys of the JSON object at `start`, and of the first record in an envelope. The text may end anywhere:
 * keys are given out as far as it goes.
 */
function keysOf(text: string, start: number): ReadonlySet<string> {
  const keys = new Set<string>();
  if (start === -1) return keys;
  // Per open bracket: does it belong to the record or its envelope?
  const open: boolean[] = [];
  let isCounted = true;
  let lastString = '';
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      lastString = text.slice(at + 1, end);
      at = end;
    } else if (char === ':') {
      if (open.at(-1) === true) {
        keys.add(lastString);
        isCounted = ENVELOPES.has(lastString);
      }
    } else if (char === '{' || char === '[') {
      open.push(isCounted);
    } else if (char === '}' || char === ']') {
      open.pop();
      isCounted = false;
      if (open.length === 0) break;
    }
  }
  return keys;
}

/** Index of the closing quote; the text's end where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
