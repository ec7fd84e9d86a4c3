import { fail, ok, type Result } from '../core/result.ts';
import type { NumberOperator } from './syntax.ts';
import { didYouMean } from './yaml-read.ts';

/** What the modifiers of one item mean together. */
export interface Meaning {
  readonly compare: 'text' | 'regex' | 'cidr' | 'exists' | NumberOperator;
  /** A `*` is added before and after the value. */
  readonly before: boolean;
  readonly after: boolean;
  readonly cased: boolean;
  readonly every: boolean;
  readonly negated: boolean;
  /** Of the regular expression: some of `i`, `m`, `s`. */
  readonly flags: string;
}

interface Modifier {
  readonly name: string;
  readonly means: Partial<Meaning>;
  /** An item has at most one modifier that says how values are compared. */
  readonly compares?: true;
  /** Does not go together with these. */
  readonly excludes?: readonly string[];
  /** Is only there for this one. */
  readonly needs?: string;
}

const NOT_TEXT = ['re', 'cidr', 'exists', 'lt', 'lte', 'gt', 'gte'];

/** Source: sigma-appendix-modifiers of the Sigma specification 2.1. */
const MODIFIERS: readonly Modifier[] = [
  { name: 'contains', compares: true, means: { before: true, after: true } },
  { name: 'startswith', compares: true, means: { after: true } },
  { name: 'endswith', compares: true, means: { before: true } },
  { name: 're', compares: true, means: { compare: 'regex' } },
  { name: 'i', needs: 're', means: { flags: 'i' } },
  { name: 'm', needs: 're', means: { flags: 'm' } },
  { name: 's', needs: 're', means: { flags: 's' } },
  { name: 'cidr', compares: true, means: { compare: 'cidr' } },
  { name: 'lt', compares: true, means: { compare: 'lt' } },
  { name: 'lte', compares: true, means: { compare: 'lte' } },
  { name: 'gt', compares: true, means: { compare: 'gt' } },
  { name: 'gte', compares: true, means: { compare: 'gte' } },
  { name: 'exists', compares: true, means: { compare: 'exists' } },
  { name: 'cased', excludes: NOT_TEXT, means: { cased: true } },
  { name: 'all', excludes: ['exists', 'neq'], means: { every: true } },
  { name: 'neq', excludes: ['exists', 'all'], means: { negated: true } },
];

/** Sigma has them; this reader does not yet. */
const NOT_SUPPORTED = [
  'base64',
  'base64offset',
  'wide',
  'utf16',
  'utf16le',
  'utf16be',
  'windash',
  'fieldref',
  'expand',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'year',
];

const PLAIN: Meaning = {
  compare: 'text',
  before: false,
  after: false,
  cased: false,
  every: false,
  negated: false,
  flags: '',
};

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
  if (NOT_SUPPORTED.includes(name)) return `not supported: the modifier \`${name}\``;
  const known = MODIFIERS.map((modifier) => modifier.name);
  return `unknown modifier \`${name}\`${didYouMean(name, known)}`;
}

function conflictOf(modifiers: readonly Modifier[]): string | undefined {
  const names = modifiers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `the modifier \`${twice}\` is there twice`;
  const [one, other] = modifiers.filter(({ compares }) => compares === true);
  if (one !== undefined && other !== undefined) return apart(one.name, other.name);
  for (const { name, needs, excludes = [] } of modifiers) {
    if (needs !== undefined && !names.includes(needs)) return `the modifier \`${name}\` needs \`${needs}\` before it`;
    const excluded = excludes.find((candidate) => names.includes(candidate));
    if (excluded !== undefined) return apart(name, excluded);
  }
  return undefined;
}

function apart(one: string, other: string): string {
  return `the modifiers \`${one}\` and \`${other}\` do not go together`;
}
