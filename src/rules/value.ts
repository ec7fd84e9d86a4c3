import { fail, ok, type Result } from '../core/result.ts';
import { parseCidr } from '../lib/cidr.ts';
import { DATE_PART_RANGES, type DatePart } from './date-part.ts';
import { encode } from './encode.ts';
import type { Meaning } from './modifiers.ts';
import { literalOf, parsePattern, surround, type Pattern } from './pattern.ts';
import { expandPlaceholders, type Placeholders } from './placeholders.ts';
import { compileRegex } from './regex.ts';
import type { Test } from './syntax.ts';
import { anyDash } from './windash.ts';
import type { YamlScalar } from './yaml-tree.ts';

/** What a value of an item asks, under the item's modifiers; or why it can't. */
export function readValue(value: YamlScalar, meaning: Meaning, lists: Placeholders): Result<Test, string> {
  if (!meaning.expands) return readOne(value, meaning);
  if (value.value === null) return fail('null holds no placeholder');
  const texts = expandPlaceholders(value.text, lists);
  if (!texts.ok) return texts;
  return anyOf(texts.value.map((text) => readOne({ value: text, text }, meaning)));
}

type Scalar = Pick<YamlScalar, 'value' | 'text'>;

function readOne(value: Scalar, meaning: Meaning): Result<Test, string> {
  const { compare } = meaning;
  switch (compare) {
    case 'text':
      return readText(value, meaning);
    case 'reference':
      return readReference(value, meaning);
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
        return fail(`\`${compare}\` takes a number`);
      return ok({ kind: 'number', operator: compare, bound: value.value });
    case 'minute':
    case 'hour':
    case 'day':
    case 'week':
    case 'month':
    case 'year':
      return readDatePart(value, compare);
  }
}

function anyOf(tests: readonly Result<Test, string>[]): Result<Test, string> {
  const read: Test[] = [];
  for (const test of tests) {
    if (!test.ok) return test;
    read.push(test.value);
  }
  const [only] = read;
  return ok(read.length === 1 && only !== undefined ? only : { kind: 'any', tests: read });
}

function readText(value: Scalar, meaning: Meaning): Result<Test, string> {
  const { before, after, cased, utf16, base64 } = meaning;
  const isEncoded = utf16 !== undefined || base64 !== undefined;
  if (value.value === null) {
    const isPlain = !before && !after && !cased && !isEncoded && !meaning.anyDash;
    return isPlain ? ok({ kind: 'null' }) : fail('null has no text; `field: null` asks for a field without a value');
  }
  const written = parsePattern(value.text);
  const pattern = meaning.anyDash ? anyDash(written) : written;
  const textTest = (one: Pattern): Result<Test, string> =>
    ok({ kind: 'text', pattern: surround(one, before, after), cased });
  if (!isEncoded) return textTest(pattern);
  const encoded = encode(pattern, meaning);
  return encoded.ok ? anyOf(encoded.value.map((text) => textTest([text]))) : encoded;
}

function readReference({ value, text }: Scalar, { before, after, cased }: Meaning): Result<Test, string> {
  const field = literalOf(parsePattern(text));
  if (typeof value !== 'string' || field === undefined || field === '')
    return fail('`fieldref` takes the name of another field, without wildcards');
  return ok({ kind: 'reference', field, before, after, cased });
}

/** Nothing in a regular expression is Sigma-escaped. */
function readRegex(value: Scalar, flags: string): Result<Test, string> {
  if (value.value === null) return fail('`re` takes a regular expression');
  const matches = compileRegex(value.text, flags);
  if (!matches.ok)
    return fail(`not supported: ${matches.error}; expressions are RE2's, which always run in linear time`);
  return ok({ kind: 'regex', source: value.text, flags, matches: matches.value });
}

function readCidr(value: Scalar): Result<Test, string> {
  const network = parseCidr(value.text);
  if (network === undefined) return fail(`\`${value.text}\` is no network; write 10.0.0.0/8 or 2001:db8::/32`);
  return ok({ kind: 'cidr', network });
}

function readDatePart({ value }: Scalar, part: DatePart): Result<Test, string> {
  const [from, to] = DATE_PART_RANGES[part];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to)
    return fail(`\`${part}\` takes a whole number from ${from} to ${to}`);
  return ok({ kind: 'date', part, number: value });
}
