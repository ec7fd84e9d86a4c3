import type { AccessReader } from '../core/access-reader.ts';

/**
 * What may be asked over the local socket: one JSON object a line, `{ "method", "args" }`, answered by one line,
 * `{ "result" }` or `{ "error": { "code", "message" } }`, in order. Reading only.
 */
export const METHODS = [
  'secrets',
  'near',
  'accesses',
  'sources',
  'alerts',
  'identities',
  'nearIdentities',
  'firstTimes',
  'findEvents',
  'tally',
  'search',
  'outlines',
  'deletions',
  'days',
  'gaps',
  'checkpoint',
] as const satisfies readonly (keyof AccessReader)[];
export type Method = (typeof METHODS)[number];

/** A question is a few hundred bytes. */
export const QUESTION_LIMIT_BYTES = 64 * 1024;

export interface Question {
  readonly method: Method;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };
