import { RECORD } from './query-field.ts';
import type { Query, ValueTest } from './syntax.ts';

/** Whether the bytes of a stored document (see encodeEvent) may be what the query asks for: much cheaper than reading them. */
export type MayMatch = (document: Buffer) => boolean;

/** undefined where the bytes say nothing. */
export function compileNeedles(query: Query): MayMatch | undefined {
  switch (query.kind) {
    case 'everything':
    case 'not':
      return undefined;
    case 'all': {
      const terms = query.terms.map(compileNeedles).filter((term) => term !== undefined);
      return terms.length === 0 ? undefined : (document) => terms.every((may) => may(document));
    }
    case 'any': {
      const terms = query.terms.map(compileNeedles);
      const known = terms.filter((term) => term !== undefined);
      return known.length < terms.length ? undefined : (document) => known.some((may) => may(document));
    }
    case 'field': {
      // The vendor may write characters in more than one way, we do not.
      const needle = query.field.startsWith(RECORD) ? '' : needleOf(query.test);
      if (needle === '') return undefined;
      const bytes = Buffer.from(needle);
      return (document) => document.includes(bytes);
    }
  }
}

/** As it stands within a JSON string. */
function needleOf(test: ValueTest): string {
  const texts = test.kind === 'text' ? [test.text] : test.kind === 'wildcard' ? test.parts : [];
  const longest = texts.toSorted((a, b) => b.length - a.length)[0] ?? '';
  return JSON.stringify(longest).slice(1, -1);
}
