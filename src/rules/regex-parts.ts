/**
 * Texts of which one occurs in every text that the expression (RE2's syntax) finds something in, upper and lower case
 * aside; undefined where that is not plain to see. Only what stands outside of groups is looked at.
 */
export function necessaryParts(source: string, flags: string): readonly string[] | undefined {
  if (flags.includes('i') || source.includes('(?i') || BEYOND.test(source)) return undefined;
  const alternatives: string[] = [];
  for (const runs of runsOf(source)) {
    const longest = runs.toSorted((a, b) => b.length - a.length)[0];
    if (longest === undefined || longest === '') return undefined;
    alternatives.push(longest);
  }
  return alternatives;
}

/** Quoted stretches, numbers of characters, and flags within. A sigma folds by what stands around it. */
const BEYOND = /\\[Qx0-9]|\(\?[a-zA-Z-]+[:)]|Σ/;

/** For each alternative the runs of characters that stand in it just so. */
function runsOf(source: string): readonly (readonly string[])[] {
  const alternatives: string[][] = [['']];
  let index = 0;
  const alternative = (): string[] => alternatives.at(-1) ?? [];
  const breakRun = (): void => void alternative().push('');
  while (index < source.length) {
    const [token = ''] = TOKEN.exec(source.slice(index)) ?? [];
    if (token === '') return [[]];
    const next = source.slice(index + token.length);
    const [repeat = ''] = REPEAT.exec(next) ?? [];
    index += token.length + repeat.length;
    if (token === '|') alternatives.push(['']);
    else if (token === '(') {
      const end = groupEnd(source, index);
      if (end === undefined) return [[]];
      index = end;
      breakRun();
    } else {
      const character = characterOf(token);
      const runs = alternative();
      if (character === undefined || /^[?*{]/.test(repeat)) breakRun();
      else {
        runs[runs.length - 1] += character;
        if (repeat !== '') breakRun();
      }
    }
  }
  return alternatives;
}

/** One escape, class or character. */
const TOKEN = /^(?:\\(?:[pP](?:\{[^}]*\}|.)|.)|\[(?:\^?\]?)(?:\[:[^\]]*:\]|\\.|[^\]\\])*\]|.)/su;
const REPEAT = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;

/** What the token stands for, where that is one plain character. */
function characterOf(token: string): string | undefined {
  if (token.startsWith('\\')) return /^\\[^A-Za-z0-9]$/u.test(token) ? token.slice(1) : undefined;
  return token.startsWith('[') || /^[.^$()]$/.test(token) ? undefined : token;
}

/** Behind the bracket that closes the group, and what repeats it. */
function groupEnd(source: string, start: number): number | undefined {
  let depth = 1;
  let index = start;
  while (depth > 0) {
    const [token = ''] = TOKEN.exec(source.slice(index)) ?? [];
    if (token === '') return undefined;
    index += token.length;
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
  }
  return index + (REPEAT.exec(source.slice(index))?.[0].length ?? 0);
}
