import { WhosawError } from '../core/errors.ts';

/** How many are listed. */
const SHOWN = 20;
/** How many have to be asked for, to know whether there are more than are listed. */
export const CANDIDATES_LIMIT = SHOWN + 1;
export const NEAR_LIMIT = 5;

/** What was typed means several things. */
export function ambiguous(text: string, ids: readonly string[]): WhosawError {
  const more = ids.length > SHOWN ? '\n  ...' : '';
  return new WhosawError(
    'AMBIGUOUS',
    `"${text}" may be any of these; write more of its id:\n${list(ids.slice(0, SHOWN))}${more}`,
  );
}

/** `message` says that nothing is called so, `none` that nothing is near to it either. */
export function notFound(message: string, near: readonly string[], none: string): WhosawError {
  return new WhosawError('NOT_FOUND', `${message} ${near.length === 0 ? none : `Near to it:\n${list(near)}`}`);
}

function list(ids: readonly string[]): string {
  return ids.map((id) => `  ${id}`).join('\n');
}
