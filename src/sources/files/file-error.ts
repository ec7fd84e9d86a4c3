import { WhosawError } from '../../core/errors.ts';
import { escapeText } from '../../lib/escape.ts';
import { GzipBroken } from './gunzip.ts';

/** Why a file or folder can't be read, and what to do about it. */
export function unreadable(path: string, cause: unknown): WhosawError {
  const code = codeOf(cause);
  const advice = ADVICE.get(code) ?? 'look at the file and its disk';
  return new WhosawError('SOURCE_UNREADABLE', `${escapeText(path)} can not be read (${code}): ${advice}.`, {
    cause,
    retryable: code !== 'ENOENT',
  });
}

/** It is about the file or its disk, not about what was done with its bytes. */
export function isFileError(cause: unknown): boolean {
  return cause instanceof GzipBroken || (cause instanceof Error && 'syscall' in cause);
}

/** The system's word (`EACCES`), or the error's name where it is none of the system's. */
export function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'let the user that runs whosaw read it'],
  ['EPERM', 'let the user that runs whosaw read it'],
  ['EMFILE', 'raise the limit of open files'],
  ['GzipBroken', 'it is no whole gzip file'],
]);
