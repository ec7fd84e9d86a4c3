import { compilePattern, parsePattern } from './pattern.ts';
import type { Expression, Report } from './syntax.ts';
import { didYouMean } from './yaml-read.ts';
import type { YamlScalar } from './yaml-tree.ts';

/** Search identifiers in the order of the file, without `condition`. */
export type Searches = ReadonlyMap<string, Expression>;

/** Beyond these a condition is not a person's. */
const DEPTH_LIMIT = 100;
const MENTIONS_LIMIT = 10_000;

/**
 * Parses a condition: `not` before `and` before `or`; `1 of` and `all of` before `not`. Undefined where it can't be
 * read; then it said why. `used` takes the names of the searches that the condition names.
 */
export function parseCondition(
  scalar: YamlScalar,
  searches: Searches,
  used: Set<string>,
  report: Report,
): Expression | undefined {
  const parser = new Parser(scalar, searches, used, report);
  return parser.parse();
}

interface Token {
  readonly text: string;
  readonly index: number;
}

/** Words, brackets, and the bar of the aggregations that Sigma once had. */
function tokensOf(text: string): readonly Token[] {
  return Array.from(text.matchAll(/[()|]|[^\s()|]+/g), (match) => ({ text: match[0], index: match.index }));
}

/** Matches nothing: `1 of` what does not exist, and what stands for a condition that can't be read. */
const NEVER: Expression = { kind: 'any', terms: [] };

class Parser {
  readonly #scalar: YamlScalar;
  readonly #tokens: readonly Token[];
  readonly #searches: Searches;
  readonly #used: Set<string>;
  readonly #report: Report;
  #next = 0;
  #depth = 0;
  /** Search identifiers that were named, also by patterns. */
  #mentions = 0;
  #failed = false;

  constructor(scalar: YamlScalar, searches: Searches, used: Set<string>, report: Report) {
    this.#scalar = scalar;
    this.#tokens = tokensOf(scalar.text);
    this.#searches = searches;
    this.#used = used;
    this.#report = report;
  }

  parse(): Expression | undefined {
    const expression = this.#any();
    const rest = this.#tokens[this.#next];
    if (rest !== undefined) this.#fail(unexpected(rest), rest);
    return this.#failed ? undefined : expression;
  }

  #any(): Expression {
    const terms = this.#joined('or', () => this.#all());
    return single(terms) ?? { kind: 'any', terms };
  }

  #all(): Expression {
    const terms = this.#joined('and', () => this.#term());
    return single(terms) ?? { kind: 'all', terms };
  }

  #joined(word: string, parse: () => Expression): readonly Expression[] {
    const terms = [parse()];
    while (this.#take(word) !== undefined) terms.push(parse());
    return terms;
  }

  #term(): Expression {
    this.#depth += 1;
    const tooDeep = this.#depth > DEPTH_LIMIT;
    const term = tooDeep ? this.#fail('the condition nests too deeply', this.#tokens[this.#next]) : this.#readTerm();
    this.#depth -= 1;
    return term;
  }

  #readTerm(): Expression {
    if (this.#take('not') !== undefined) return { kind: 'not', term: this.#term() };
    const bracket = this.#take('(');
    if (bracket !== undefined) {
      const inner = this.#any();
      if (this.#take(')') !== undefined) return inner;
      const token = this.#tokens[this.#next];
      return token === undefined
        ? this.#fail('this bracket is never closed', bracket)
        : this.#fail(unexpected(token), token);
    }
    const token = this.#tokens[this.#next];
    if (token === undefined) return this.#fail('the condition ends where a search identifier should follow', token);
    this.#next += 1;
    return this.#tokens[this.#next]?.text === 'of' ? this.#quantified(token) : this.#named(token);
  }

  /** `1 of x*`, `any of x*`, `all of them`. */
  #quantified(quantity: Token): Expression {
    this.#next += 1;
    const pattern = this.#tokens[this.#next];
    if (pattern === undefined) return this.#fail('a pattern or `them` must follow `of`', quantity);
    this.#next += 1;
    const names = this.#namesOf(pattern);
    this.#mentions += names.length;
    if (this.#mentions > MENTIONS_LIMIT)
      return this.#fail('the condition names more search identifiers than a rule can ask', pattern);
    if (names.length === 0)
      this.#warn(`no search identifier is named by \`${pattern.text}\`: this never matches`, pattern);
    const terms = names.map((name) => this.#search(name));
    if (quantity.text === '1' || quantity.text === 'any') return { kind: 'any', terms };
    if (quantity.text === 'all') return terms.length === 0 ? NEVER : { kind: 'all', terms };
    return this.#fail(`not supported: \`${quantity.text} of\`; write \`1 of\` or \`all of\``, quantity);
  }

  #namesOf(pattern: Token): readonly string[] {
    const names = Array.from(this.#searches.keys());
    if (pattern.text === 'them') return names.filter((name) => !name.startsWith('_'));
    return names.filter(compilePattern(parsePattern(pattern.text)));
  }

  #named(token: Token): Expression {
    if (this.#searches.has(token.text)) return this.#search(token.text);
    if (/^[()|]$/.test(token.text)) return this.#fail(unexpected(token), token);
    if (/^(?:and|or|not)$/i.test(token.text))
      return this.#fail(`${unexpected(token)}; operators are lower case`, token);
    const meant = didYouMean(token.text, Array.from(this.#searches.keys()));
    return this.#fail(`there is no search identifier \`${token.text}\`${meant}`, token);
  }

  #search(name: string): Expression {
    this.#used.add(name);
    return { kind: 'search', name, term: this.#searches.get(name) ?? NEVER };
  }

  #take(word: string): Token | undefined {
    const token = this.#tokens[this.#next];
    if (token?.text !== word) return undefined;
    this.#next += 1;
    return token;
  }

  #warn(message: string, token: Token): void {
    this.#report(this.#scalar.placeAt(token.index), message, 'warning');
  }

  /** Reports the first failure only, and goes to the end: what follows would be consequences. */
  #fail(message: string, token: Token | undefined): Expression {
    if (!this.#failed)
      this.#report(token === undefined ? this.#scalar.place : this.#scalar.placeAt(token.index), message);
    this.#failed = true;
    this.#next = this.#tokens.length;
    return NEVER;
  }
}

function unexpected(token: Token): string {
  if (token.text === '|') return 'not supported: aggregation after `|`; Sigma 2 has correlations for it';
  return `unexpected \`${token.text}\``;
}

function single(terms: readonly Expression[]): Expression | undefined {
  return terms.length === 1 ? terms[0] : undefined;
}
