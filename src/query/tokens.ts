import { fail, ok, type Result } from '../core/result.ts';

/** Something wrong with a query; `column` counts from 1. */
export interface QueryProblem {
  readonly column: number;
  readonly message: string;
}

export type Token = {
  /** From 1. */
  readonly column: number;
} & (
  | { readonly kind: '(' | ')' | ':' | '<' | '<=' | '>' | '>=' | 'and' | 'or' | 'not' | 'end' }
  /** A value or a field's name. `parts`: what stands between its wildcards; one part where it has none. */
  | { readonly kind: 'value'; readonly parts: readonly string[]; readonly isQuoted: boolean }
);

const KEYWORDS = new Map([
  ['and', 'and'],
  ['or', 'or'],
  ['not', 'not'],
] as const);
const SPECIAL = '():<>"{}';

/** The tokens of a query, the last of which is `end`. */
export function tokensOf(text: string): Result<readonly Token[], QueryProblem> {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    const column = at + 1;
    if (/\s/.test(character)) at += 1;
    else if (character === '{' || character === '}') {
      return fail({ column, message: `\`${character}\` asks of nested documents, which events have none of` });
    } else if (character === '"') {
      const end = quoteEnd(text, at + 1);
      if (end === undefined) return fail({ column, message: 'the quotation that begins here does not end' });
      tokens.push({ kind: 'value', column, parts: [unescapeQuoted(text.slice(at + 1, end))], isQuoted: true });
      at = end + 1;
    } else if (character === '<' || character === '>') {
      const kind = text.charAt(at + 1) === '=' ? (`${character}=` as const) : character;
      tokens.push({ kind, column });
      at += kind.length;
    } else if (character === '(' || character === ')' || character === ':') {
      tokens.push({ kind: character, column });
      at += 1;
    } else {
      const end = valueEnd(text, at);
      tokens.push(valueOrKeyword(text.slice(at, end), column));
      at = end;
    }
  }
  return ok([...tokens, { kind: 'end', column: text.length + 1 }]);
}

function quoteEnd(text: string, start: number): number | undefined {
  for (let at = start; at < text.length; at++) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === '"') return at;
  }
  return undefined;
}

function valueEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && !/\s/.test(text.charAt(at)) && !SPECIAL.includes(text.charAt(at))) {
    at += text.charAt(at) === '\\' ? 2 : 1;
  }
  return Math.min(at, text.length);
}

function valueOrKeyword(text: string, column: number): Token {
  const lower = text.toLowerCase();
  for (const [word, kind] of KEYWORDS) if (word === lower) return { kind, column };
  return { kind: 'value', column, parts: partsOf(text), isQuoted: false };
}

/** Between unescaped `*`; a backslash takes the next character plainly. */
function partsOf(text: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '*') parts.push('');
    else {
      if (character === '\\' && at + 1 < text.length) at += 1;
      parts[parts.length - 1] += text.charAt(at);
    }
  }
  return parts;
}

/** Within quotation marks only they and the backslash are escaped. */
function unescapeQuoted(text: string): string {
  return text.replace(/\\(["\\])/g, '$1');
}
