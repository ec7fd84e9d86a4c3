import { fail, ok, type Result } from '../core/result.ts';
import { parseCidr } from '../lib/cidr.ts';
import type { Meaning } from './modifiers.ts';
import { parsePattern, surround } from './pattern.ts';
import { compileRegex } from './regex.ts';
import type { Test } from './syntax.ts';
import type { YamlScalar } from './yaml-tree.ts';

/** What a value of an item asks, under the item's modifiers; or why it can't. */
export function readValue(value: YamlScalar, meaning: Meaning): Result<Test, string> {
  switch (meaning.compare) {
    case 'text':
      return readText(value, meaning);
    case 'regex':
      return readRegex(value, meaning.flags);
    case 'cidr':
      return readCidr(value);
    case 'exists':
      if (typeof value.value !== 'boolean') return fail('`exists` takes true or false');
      return ok({ kind: 'exists', present: value.value });
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      if (typeof value.value !== 'number' || !Number.isFinite(value.value))
        return fail(`\`${meaning.compare}\` takes a number`);
      return ok({ kind: 'number', operator: meaning.compare, bound: value.value });
  }
}

function readText(value: YamlScalar, { before, after, cased }: Meaning): Result<Test, string> {
  if (value.value !== null)
    return ok({ kind: 'text', pattern: surround(parsePattern(value.text), before, after), cased });
  if (before || after || cased) return fail('null has no text; `field: null` asks for a field without a value');
  return ok({ kind: 'null' });
}

/** Nothing in a regular expression is Sigma-escaped. */
function readRegex(value: YamlScalar, flags: string): Result<Test, string> {
  if (value.value === null) return fail('`re` takes a regular expression');
  const matches = compileRegex(value.text, flags);
  if (!matches.ok)
    return fail(`not supported: ${matches.error}; expressions are RE2's, which always run in linear time`);
  return ok({ kind: 'regex', source: value.text, flags, matches: matches.value });
}

function readCidr(value: YamlScalar): Result<Test, string> {
  const network = parseCidr(value.text);
  if (network === undefined) return fail(`\`${value.text}\` is no network; write 10.0.0.0/8 or 2001:db8::/32`);
  return ok({ kind: 'cidr', network });
}
