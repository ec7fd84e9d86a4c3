import type { Pattern, Piece } from './pattern.ts';

/** Hyphen, slash, en dash, em dash, horizontal bar: what Windows programs take for the beginning of an option. */
const DASHES = '-/\u2013\u2014\u2015';

/** One of them where a word begins: the second hyphen of `-no-wait` belongs to the option's name. */
const OPTION = /(?<![\p{L}\p{N}_])[-/\u2013\u2014\u2015](?=[\p{L}\p{N}_])/u;

/** The pattern under the modifier `windash`: at the beginning of an option any of the dashes may stand. */
export function anyDash(pattern: Pattern): Pattern {
  return pattern.flatMap((piece): readonly Piece[] => {
    if (typeof piece !== 'string') return [piece];
    return piece
      .split(OPTION)
      .flatMap((text, index): readonly Piece[] => [...(index > 0 ? [{ oneOf: DASHES }] : []), text])
      .filter((part) => part !== '');
  });
}
