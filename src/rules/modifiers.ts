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

/** Source: sigma-appendix-modifiers of the Sigma specification 2.1. */
const MODIFIERS: readonly Modifier[] = [
  { name: 'contains', kind: 'place', excludes: NOT_TEXT, means: { before: true, after: true } },
  { name: 'startswith', kind: 'place', excludes: NOT_TEXT, means: { after: true } },
  { name: 'endswith', kind: 'place', excludes: NOT_TEXT, means: { before: true } },
  { name: 're', kind: 'comparison', means: { compare: 'regex' } },
  { name: 'i', needs: 're', means: { flags: 'i' } },
  { name: 'm', needs: 're', means: { flags: 'm' } },
  { name: 's', needs: 're', means: { flags: 's' } },
  { name: 'cidr', kind: 'comparison', means: { compare: 'cidr' } },
  { name: 'lt', kind: 'comparison', means: { compare: 'lt' } },
  { name: 'lte', kind: 'comparison', means: { compare: 'lte' } },
  { name: 'gt', kind: 'comparison', means: { compare: 'gt' } },
  { name: 'gte', kind: 'comparison', means: { compare: 'gte' } },
  ...DATES.map((name): Modifier => ({ name, kind: 'comparison', means: { compare: name } })),
  { name: 'exists', kind: 'comparison', means: { compare: 'exists' } },
  { name: 'fieldref', kind: 'comparison', means: { compare: 'reference' } },
  {
    name: 'expand',
    excludes: ['exists', 'fieldref', ...NUMBERS, ...DATES],
    notBehind: ENCODINGS,
    means: { expands: true },
  },
  { name: 'windash', excludes: NOT_ENCODED, notBehind: ENCODINGS, means: { anyDash: true } },
  { name: 'wide', kind: 'utf16', ...BEFORE_BASE64, means: { utf16: 'le' } },
  { name: 'utf16le', kind: 'utf16', ...BEFORE_BASE64, means: { utf16: 'le' } },
  { name: 'utf16be', kind: 'utf16', ...BEFORE_BASE64, means: { utf16: 'be' } },
  { name: 'utf16', kind: 'utf16', ...BEFORE_BASE64, means: { utf16: 'bom' } },
  { name: 'base64', kind: 'base64', excludes: NOT_ENCODED, notBehind: PLACES, means: { base64: 'whole' } },
  {
    name: 'base64offset',
    kind: 'base64',
    excludes: NOT_ENCODED,
    notBehind: PLACES,
    means: { base64: 'offset' },
  },
  { name: 'cased', excludes: NOT_TEXT, means: { cased: true } },
  { name: 'all', excludes: ['exists', 'neq'], means: { every: true } },
  { name: 'neq', excludes: ['exists', 'all'], means: { negated: true } },
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
