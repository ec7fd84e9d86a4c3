import type { Expression, Item } from './syntax.ts';

/**
 * What would make an item that holds not hold any more, or one that does not hold hold: a phrase that goes on from
 * "would not fire". It speaks of what the rule says, never of what an event held.
 */
export function phraseOf(item: Item, becomes: 'true' | 'false', facts: FactPhrases = FACT_PHRASES): string {
  const isTrue = (becomes === 'true') !== item.negated;
  return factPhrase(item, isTrue, facts) ?? fieldPhrase(item, isTrue);
}

/** Each phrase alone makes the expression hold. */
export function phrasesFor(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'item':
      return [phraseOf(expression, 'true')];
    case 'search':
      return phrasesFor(expression.term);
    case 'any':
      return expression.terms.flatMap(phrasesFor);
    case 'all': {
      const terms = expression.terms.map(phrasesFor);
      const [only] = terms;
      if (terms.length === 1 && only !== undefined) return only;
      const single = terms.flatMap((term) => (term.length === 1 ? term : []));
      const isShort = single.length === terms.length && single.length > 0 && single.length <= JOINED_LIMIT;
      return isShort ? [single.join(' and ')] : [];
    }
    case 'not':
      return expression.term.kind === 'item' ? [phraseOf(expression.term, 'false')] : [];
  }
}

/** Longer conditions are no short sentence. */
const JOINED_LIMIT = 3;

/** By the name of a fact: what makes it so that all is as expected. */
export type FactPhrases = Readonly<Record<string, string>>;

export const FACT_PHRASES: FactPhrases = {
  'whosaw.expected.network': 'from a declared network',
  'whosaw.expected.role': 'with a role that covers it',
  'whosaw.expected.schedule': 'inside a change window',
};

/** The facts of the expectations as people speak of them; only towards what is expected. */
function factPhrase({ field = '', text, tests }: Item, isTrue: boolean, facts: FactPhrases): string | undefined {
  const phrase = Object.hasOwn(facts, field) ? facts[field] : undefined;
  if (phrase === undefined || tests.length !== 1) return undefined;
  const value = valuesOf(text);
  return (value === 'true' && isTrue) || (value === 'false' && !isTrue) ? phrase : undefined;
}

function fieldPhrase(item: Item, isTrue: boolean): string {
  const { field, text, tests, every } = item;
  if (field === undefined) return `${isTrue ? 'with' : 'without'} ${shorten(text)}`;
  const values = listed(valuesOf(text), tests.length, every ? 'and' : 'or');
  if (field === 'whosaw.environment' && tests.every(({ kind }) => kind === 'text'))
    return `${isTrue ? 'in' : 'outside'} ${values}`;
  const modifier = keyOf(text)
    .split('|')
    .slice(1)
    .find((name) => name in VERBS);
  if (modifier === 'cidr') return `${isTrue ? 'from' : 'from outside'} ${values}`;
  if (modifier === 'exists') return `${isTrue === (values === 'true') ? 'with' : 'without'} \`${field}\``;
  const isNull = tests.length === 1 && tests[0]?.kind === 'null';
  if (isNull) return `${isTrue ? 'without' : 'with'} \`${field}\``;
  const [does, doesNot] = VERBS[modifier ?? ''] ?? ['is', 'is not'];
  return `if \`${field}\` ${isTrue ? does : doesNot} ${values}`;
}

const VERBS: Readonly<Record<string, readonly [string, string]>> = {
  contains: ['contains', 'does not contain'],
  startswith: ['begins with', 'does not begin with'],
  endswith: ['ends in', 'does not end in'],
  re: ['matches', 'does not match'],
  lt: ['is below', 'is at least'],
  lte: ['is at most', 'is above'],
  gt: ['is above', 'is at most'],
  gte: ['is at least', 'is below'],
  fieldref: ['is that of', 'is not that of'],
  minute: ['has the minute', 'has not the minute'],
  hour: ['has the hour', 'has not the hour'],
  day: ['has the day', 'has not the day'],
  week: ['has the week', 'has not the week'],
  month: ['has the month', 'has not the month'],
  year: ['has the year', 'has not the year'],
  cidr: ['is in', 'is not in'],
  exists: ['is there', 'is not there'],
};

/** `field|modifier` of the line as it was written. */
function keyOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(': ')));
}

function valuesOf(text: string): string {
  return text.slice(text.indexOf(': ') + 2);
}

/** `a, b` -> `a or b`; as it is where a value holds a comma itself. */
function listed(values: string, count: number, word: 'or' | 'and'): string {
  const parts = values.split(', ');
  if (parts.length !== count || count < 2) return shorten(values);
  return shorten(`${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1) ?? ''}`);
}

function shorten(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}...` : text;
}
const TEXT_LIMIT = 60;

const NOUNS: Readonly<Record<string, string>> = {
  'whosaw.secret.id': 'secrets',
  'whosaw.actor.id': 'identities',
  'source.address': 'addresses',
  'source.ip': 'addresses',
};

/** What the values of a field, or of several together, are, in the plural. */
export function nounOf(field = '', moreFields: readonly string[] = []): string {
  const noun = moreFields.length === 0 ? NOUNS[field] : undefined;
  return noun ?? `values of ${[field, ...moreFields].join(' and ')}`;
}
