/** Text with wildcards, as Sigma reads it: literal pieces are texts, wildcards are objects. */
export type Pattern = readonly Piece[];
export type Piece = string | Wildcard | OneOf;
export interface Wildcard {
  /** `*`: any run of characters, also none. `?`: exactly one. */
  readonly wildcard: '*' | '?';
}

/** Exactly one of these characters, each of which is one UTF-16 unit and has no case. */
export interface OneOf {
  readonly oneOf: string;
}

const ANY: Wildcard = { wildcard: '*' };
const ONE: Wildcard = { wildcard: '?' };

/**
 * Reads Sigma's escapes: a backslash before `*`, `?` or a backslash takes it plainly; any other backslash is plain
 * itself, also the last one.
 */
export function parsePattern(text: string): Pattern {
  const pieces: Piece[] = [];
  let literal = '';
  const push = (wildcard: Wildcard): void => {
    if (literal !== '') pieces.push(literal);
    literal = '';
    pieces.push(wildcard);
  };
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    const next = text.charAt(index + 1);
    if (char === '\\' && (next === '\\' || next === '*' || next === '?')) {
      literal += next;
      index += 1;
    } else if (char === '*') push(ANY);
    else if (char === '?') push(ONE);
    else literal += char;
  }
  if (literal !== '') pieces.push(literal);
  return pieces;
}

/** The pattern with a `*` at its ends, as contains, startswith and endswith mean it. */
export function surround(pattern: Pattern, before: boolean, after: boolean): Pattern {
  return [...(before ? [ANY] : []), ...pattern, ...(after ? [ANY] : [])];
}

/** The one text that the pattern matches, where it has no wildcards. */
export function literalOf(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return '';
  const [only] = pattern;
  return pattern.length === 1 && typeof only === 'string' ? only : undefined;
}

/**
 * What counts as the same text where case doesn't matter: Unicode lower case, character by character as far as
 * JavaScript does so (`İ` becomes two characters, and a Greek sigma at a word's end differs from one within).
 */
export function fold(text: string): string {
  return text.toLowerCase();
}

/**
 * Compiles to a test of the whole text; the caller folds both sides, or neither. `?` is one code point. Takes time
 * linear in the text for a given pattern.
 */
export function compilePattern(pattern: Pattern): (text: string) => boolean {
  const literal = literalOf(pattern);
  if (literal !== undefined) return (text) => text === literal;
  return compileSimple(pattern) ?? compileSegments(segmentsOf(pattern));
}

/** `x*`, `*x`, `*x*` and `*` are plain string operations. */
function compileSimple(pattern: Pattern): ((text: string) => boolean) | undefined {
  if (!pattern.every((piece) => typeof piece === 'string' || isAny(piece))) return undefined;
  const literals = pattern.filter((piece) => typeof piece === 'string');
  const [only = ''] = literals;
  if (literals.length > 1) return undefined;
  if (only === '') return () => true;
  if (pattern[0] === only) return (text) => text.startsWith(only);
  return pattern.at(-1) === only ? (text) => text.endsWith(only) : (text) => text.includes(only);
}

/** What stands between two `*`: literals and `?`. */
type Segment = readonly Piece[];

function segmentsOf(pattern: Pattern): readonly Segment[] {
  const segments: Piece[][] = [[]];
  for (const piece of pattern) {
    if (isAny(piece)) segments.push([]);
    else segments.at(-1)?.push(piece);
  }
  return segments;
}

/** The first segment stands at the start, the last at the end, and each one between as far left as it can. */
function compileSegments(segments: readonly Segment[]): (text: string) => boolean {
  const first = segments[0] ?? [];
  if (segments.length === 1) return (text) => matchForward(first, text, 0) === text.length;
  const last = segments.at(-1) ?? [];
  const middle = segments.slice(1, -1).filter((segment) => segment.length > 0);
  return (text) => {
    let index = matchForward(first, text, 0);
    for (const segment of middle) {
      if (index < 0) return false;
      index = findForward(segment, text, index);
    }
    return index >= 0 && matchBackward(last, text, text.length) >= index;
  };
}

/** Where the segment ends that begins at `start`; -1 where it does not stand there. */
function matchForward(segment: Segment, text: string, start: number): number {
  let index = start;
  for (const piece of segment) {
    if (typeof piece === 'string') {
      if (!text.startsWith(piece, index)) return -1;
      index += piece.length;
    } else if (index >= text.length) return -1;
    else if ('wildcard' in piece) index += isPair(text, index) ? 2 : 1;
    else if (piece.oneOf.includes(text.charAt(index))) index += 1;
    else return -1;
  }
  return index;
}

/** Where the segment ends at its first occurrence from `start` on; -1 without one. */
function findForward(segment: Segment, text: string, start: number): number {
  const [head] = segment;
  for (let index = start; index <= text.length; index++) {
    if (typeof head === 'string') {
      index = text.indexOf(head, index);
      if (index < 0) return -1;
    }
    const end = matchForward(segment, text, index);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where the segment begins that ends at `end`; -1 where it does not stand there. */
function matchBackward(segment: Segment, text: string, end: number): number {
  let index = end;
  for (const piece of segment.toReversed()) {
    if (typeof piece === 'string') {
      if (!text.endsWith(piece, index)) return -1;
      index -= piece.length;
    } else if (index <= 0) return -1;
    else if ('wildcard' in piece) index -= index >= 2 && isPair(text, index - 2) ? 2 : 1;
    else if (piece.oneOf.includes(text.charAt(index - 1))) index -= 1;
    else return -1;
  }
  return index;
}

function isAny(piece: Piece): boolean {
  return typeof piece !== 'string' && 'wildcard' in piece && piece.wildcard === '*';
}

/** Two UTF-16 units that are one character. */
function isPair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}
