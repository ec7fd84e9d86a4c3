import { fail, ok, type Result } from '../core/result.ts';
import type { DatePart } from './date-part.ts';
import type { Encoding } from './encode.ts';
import type { NumberOperator } from './syntax.ts';
import { didYouMean } from './yaml-read.ts';

/** What the modifiers of one item mean together. */
export interface Meaning extends Encoding {
  readonly compare: 'text' | 'reference' | 'regex' | 'cidr' | 'exists' | NumberOperator | DatePart;
  /** A `*` is added before and after the value. */
  readonly before: boolean;
  readonly after: boolean;
  readonly cased: boolean;
  readonly every: boolean;
  readonly negated: boolean;
  /** Placeholders in the value stand for lists. */
  readonly expands: boolean;
  /** Any dash may begin an option. */
  readonly anyDash: boolean;
  /** Of the regular expression: some of `i`, `m`, `s`. */
  readonly flags: string;
}

interface Modifier {
  readonly name: string;
  /** For people who write rules. */
  readonly says: string;
  readonly means: Partial<Meaning>;
  /** An item has at most one modifier of a kind: how values are compared, or how they are written. */
  readonly kind?: 'place' | 'comparison' | 'utf16' | 'base64';
  /** Does not go together with these. */
  readonly excludes?: readonly string[];
  /** Must not stand behind these: modifiers apply from left to right. */
  readonly notBehind?: readonly string[];
  /** Is only there for this one. */
  readonly needs?: string;
}

const PLACES = ['contains', 'startswith', 'endswith'];
const NUMBERS = ['lt', 'lte', 'gt', 'gte'];
const DATES = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
const NOT_TEXT = ['re', 'cidr', 'exists', ...NUMBERS, ...DATES];
const BASE64 = ['base64', 'base64offset'];
const UTF16 = ['wide', 'utf16le', 'utf16be', 'utf16'];
const ENCODINGS = [...UTF16, ...BASE64];
const NOT_ENCODED = [...NOT_TEXT, 'fieldref'];
const BEFORE_BASE64 = { notBehind: [...PLACES, ...BASE64], excludes: NOT_ENCODED };

const DATE_SAYS: Readonly<Record<DatePart, string>> = {
  minute: 'The minute of the time in the field, as it is written: zones are not converted.',
  hour: 'Its hour.',
  day: 'The day of its month.',
  week: 'Its week, by ISO 8601.',
  month: 'Its month.',
  year: 'Its year.',
};

/** Source: sigma-appendix-modifiers of the Sigma specification 2.1. */
export const MODIFIERS: readonly Modifier[] = [
  {
    name: 'contains',
    says: 'The value stands anywhere in the field.',
    kind: 'place',
    excludes: NOT_TEXT,
    means: { before: true, after: true },
  },
  {
    name: 'startswith',
    says: 'The field begins with the value.',
    kind: 'place',
    excludes: NOT_TEXT,
    means: { after: true },
  },
  {
    name: 'endswith',
    says: 'The field ends with the value.',
    kind: 'place',
    excludes: NOT_TEXT,
    means: { before: true },
  },
  {
    name: 're',
    says: "The field matches a regular expression of RE2's syntax, anywhere, in time linear in the field.",
    kind: 'comparison',
    means: { compare: 'regex' },
  },
  { name: 'i', says: 'Of `re`: case does not matter.', needs: 're', means: { flags: 'i' } },
  { name: 'm', says: 'Of `re`: `^` and `$` are the ends of lines.', needs: 're', means: { flags: 'm' } },
  { name: 's', says: 'Of `re`: `.` is any character, a line feed too.', needs: 're', means: { flags: 's' } },
  {
    name: 'cidr',
    says: 'The field is an IP address of the network; anything else is not.',
    kind: 'comparison',
    means: { compare: 'cidr' },
  },
  {
    name: 'lt',
    says: 'The field is a number, or a text that is one, below the value.',
    kind: 'comparison',
    means: { compare: 'lt' },
  },
  { name: 'lte', says: 'The same, below or equal.', kind: 'comparison', means: { compare: 'lte' } },
  { name: 'gt', says: 'The same, above.', kind: 'comparison', means: { compare: 'gt' } },
  { name: 'gte', says: 'The same, above or equal.', kind: 'comparison', means: { compare: 'gte' } },
  ...DATES.map((name): Modifier => ({ name, says: DATE_SAYS[name], kind: 'comparison', means: { compare: name } })),
  {
    name: 'exists',
    says: 'Whether the field is there at all, be it empty or null.',
    kind: 'comparison',
    means: { compare: 'exists' },
  },
  {
    name: 'fieldref',
    says: 'The value names another field whose value is compared; also with `contains`, `startswith`, `endswith`.',
    kind: 'comparison',
    means: { compare: 'reference' },
  },
  {
    name: 'expand',
    says: '`%name%` in the value stands for the list of that name in the expectations; `\\%` is a percent sign.',
    excludes: ['exists', 'fieldref', ...NUMBERS, ...DATES],
    notBehind: ENCODINGS,
    means: { expands: true },
  },
  {
    name: 'windash',
    says: 'Where an option begins, any of `-`, `/`, `–`, `—` and `―` may stand.',
    excludes: NOT_ENCODED,
    notBehind: ENCODINGS,
    means: { anyDash: true },
  },
  { name: 'wide', says: 'The same as `utf16le`.', kind: 'utf16', ...BEFORE_BASE64, means: { utf16: 'le' } },
  {
    name: 'utf16le',
    says: 'The value in UTF-16, low bytes first.',
    kind: 'utf16',
    ...BEFORE_BASE64,
    means: { utf16: 'le' },
  },
  {
    name: 'utf16be',
    says: 'The value in UTF-16, high bytes first.',
    kind: 'utf16',
    ...BEFORE_BASE64,
    means: { utf16: 'be' },
  },
  {
    name: 'utf16',
    says: 'The value in UTF-16, low bytes first, behind a byte order mark.',
    kind: 'utf16',
    ...BEFORE_BASE64,
    means: { utf16: 'bom' },
  },
  {
    name: 'base64',
    says: 'The value in Base64.',
    kind: 'base64',
    excludes: NOT_ENCODED,
    notBehind: PLACES,
    means: { base64: 'whole' },
  },
  {
    name: 'base64offset',
    says: 'The value as it looks within something longer that is in Base64, at each of three places; mostly before `contains`.',
    kind: 'base64',
    excludes: NOT_ENCODED,
    notBehind: PLACES,
    means: { base64: 'offset' },
  },
  { name: 'cased', says: 'Upper and lower case differ.', excludes: NOT_TEXT, means: { cased: true } },
  {
    name: 'all',
    says: 'All values of the list, not one of them.',
    excludes: ['exists', 'neq'],
    means: { every: true },
  },
  {
    name: 'neq',
    says: 'The field is none of the values, or absent.',
    excludes: ['exists', 'all'],
    means: { negated: true },
  },
];

const PLAIN: Meaning = {
  compare: 'text',
  before: false,
  after: false,
  cased: false,
  every: false,
  negated: false,
  expands: false,
  anyDash: false,
  flags: '',
};

/** A keyword is looked for within values. */
export const KEYWORD: Meaning = { ...PLAIN, before: true, after: true };

/** What the modifiers behind a field's name mean; or why they are refused. */
export function readModifiers(names: readonly string[]): Result<Meaning, string> {
  const modifiers: Modifier[] = [];
  for (const name of names) {
    const modifier = MODIFIERS.find((candidate) => candidate.name === name);
    if (modifier === undefined) return fail(unknown(name));
    modifiers.push(modifier);
  }
  const conflict = conflictOf(modifiers);
  if (conflict !== undefined) return fail(conflict);
  const flags = modifiers.map(({ means }) => means.flags ?? '').join('');
  return ok({ ...modifiers.reduce((meaning, { means }) => ({ ...meaning, ...means }), PLAIN), flags });
}

function unknown(name: string): string {
  return `unknown modifier \`${name}\`${didYouMean(
    name,
    MODIFIERS.map((modifier) => modifier.name),
  )}`;
}

function conflictOf(modifiers: readonly Modifier[]): string | undefined {
  const names = modifiers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `the modifier \`${twice}\` is there twice`;
  for (const [index, { name, kind, needs, excludes = [], notBehind = [] }] of modifiers.entries()) {
    const same = modifiers.find((other) => kind !== undefined && other.kind === kind && other.name !== name);
    if (same !== undefined) return apart(name, same.name);
    if (needs !== undefined && !names.includes(needs)) return `the modifier \`${name}\` needs \`${needs}\` before it`;
    const excluded = excludes.find((candidate) => names.includes(candidate));
    if (excluded !== undefined) return apart(name, excluded);
    const behind = names.slice(0, index).find((before) => notBehind.includes(before));
    if (behind !== undefined) return `the modifier \`${name}\` must stand before \`${behind}\``;
  }
  return undefined;
}

function apart(one: string, other: string): string {
  return `the modifiers \`${one}\` and \`${other}\` do not go together`;
}
