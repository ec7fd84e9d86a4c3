import { fail, ok, type Result } from '../core/result.ts';

/** What stands for `%name%` in values under the modifier `expand`: texts as a rule would write them, wildcards too. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

export const NO_PLACEHOLDERS: Placeholders = new Map();

/** More alternatives than this for one value are a mistake. */
const ALTERNATIVES_LIMIT = 10_000;

/**
 * The value with each `%name%` replaced by each text of its list; `\%` is a plain percent sign. The error says which list
 * is missing: the specification has a rule refused whose placeholders nothing is known of.
 */
export function expandPlaceholders(text: string, lists: Placeholders): Result<readonly string[], string> {
  let texts: readonly string[] = [''];
  let end = 0;
  for (const match of text.matchAll(/\\[\\%]|%(\w+)%/g)) {
    const [token, name] = match;
    const before = text.slice(end, match.index);
    end = match.index + token.length;
    const replaced = name === undefined ? [token === '\\%' ? '%' : token] : lists.get(name);
    if (replaced === undefined) return fail(missing(token));
    if (texts.length * replaced.length > ALTERNATIVES_LIMIT) return fail(`\`${text}\` stands for too many values`);
    texts = texts.flatMap((head) => replaced.map((value) => head + before + value));
  }
  const rest = text.slice(end);
  return ok(texts.map((head) => head + rest));
}

/** How the error about a missing list begins. */
export const NO_LIST = 'there is no list for the placeholder';

function missing(token: string): string {
  return `${NO_LIST} \`${token}\`; declare it under \`placeholders\` in the expectations`;
}
