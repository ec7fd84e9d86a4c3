/** Does a pattern cover an id? */
export type Pattern = (id: string) => boolean;

/**
 * A pattern over ids as `vault:eu/secret/production/db-password`. `*` stands for any text within one segment; `**` for
 * any text, and where it is a whole segment also for no segment at all. Segments end at `/`, and at the `:` behind the
 * id's first word. All else stands for itself. Takes time in proportion to id and pattern, whatever is in them.
 */
export function compilePattern(text: string): Pattern {
  const tokens = tokenize(text);
  const head = typeof tokens[0] === 'string' ? tokens[0] : '';
  const last = tokens.at(-1);
  const tail = typeof last === 'string' ? last : '';
  if (tokens.length === 1 && tail === text) return (id) => id === text;
  return (id) => id.startsWith(head) && id.endsWith(tail) && walk(tokens, id);
}

/** A text that stands for itself, or one of the wildcards. */
type Token = string | { readonly wildcard: 'segment' | 'segments' | 'any' };

function tokenize(text: string): readonly Token[] {
  return text
    .split(/((?<=^|[/:])\*{2,}\/|\*{2,}|\*)/)
    .filter((part) => part !== '')
    .map((part) => {
      if (!part.startsWith('*')) return part;
      if (part === '*') return { wildcard: 'segment' };
      return { wildcard: part.endsWith('/') ? 'segments' : 'any' };
    });
}

/** Follows all ways through the id at once: `reached[i]` says that the tokens so far can end at character i. */
function walk(tokens: readonly Token[], id: string): boolean {
  let reached = new Uint8Array(id.length + 1);
  reached[0] = 1;
  for (const token of tokens) {
    reached = typeof token === 'string' ? literal(token, id, reached) : wildcard(token.wildcard, id, reached);
  }
  return reached[id.length] === 1;
}

function literal(text: string, id: string, reached: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(reached.length);
  for (let at = 0; at + text.length < reached.length; at++) {
    if (reached[at] === 1 && id.startsWith(text, at)) next[at + text.length] = 1;
  }
  return next;
}

function wildcard(kind: 'segment' | 'segments' | 'any', id: string, reached: Uint8Array): Uint8Array<ArrayBuffer> {
  const colon = id.indexOf(':');
  const next = new Uint8Array(reached.length);
  let open = false;
  for (let at = 0; at < reached.length; at++) {
    const behindSeparator = at > 0 && (id[at - 1] === '/' || at - 1 === colon);
    if (kind === 'segment' && behindSeparator) open = false;
    const here = reached[at] === 1;
    open ||= here;
    if (kind === 'segments' ? here || (open && behindSeparator) : open) next[at] = 1;
  }
  return next;
}
