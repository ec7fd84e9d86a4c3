import { RE2JS } from 're2js';
import { fail, ok, type Result } from '../core/result.ts';

/**
 * Compiles a regular expression of RE2's syntax (no lookaround, no backreferences) to an unanchored search, in time
 * linear in the text. `flags`: `i`, `m`, `s`. `$` without `m` is the very end of the text, `\d \s \w` are ASCII.
 * The error is RE2's own word for what it can't do.
 */
export function compileRegex(source: string, flags: string): Result<(text: string) => boolean, string> {
  try {
    const regex = RE2JS.compile(source, flagBits(flags));
    return ok((text) => regex.test(text));
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'not a regular expression');
  }
}

function flagBits(flags: string): number {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  return bits;
}
