/** Every way an effect can break; docs/errors.md says what to do about each (a test holds the two together). */
export const ERROR_CODES = [
  'USAGE',
  'CONFIG_INVALID',
  'RULES_INVALID',
  'EXPECTATIONS_INVALID',
  'SOURCE_UNREADABLE',
  'LISTENER_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'STORE_REFUSED',
  'STORE_UNSAFE',
  'STORE_BUSY',
  'STORE_CORRUPT',
  'SINK_REFUSED',
  'SINK_UNAVAILABLE',
  'SOCKET_UNAVAILABLE',
  'BUS_UNAVAILABLE',
  'BUS_REFUSED',
  'BUS_CLAIM_LOST',
  'TOPICS_UNFIT',
  'NOT_FOUND',
  'AMBIGUOUS',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface WhosawErrorOptions {
  readonly cause?: unknown;
  /** The same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  /** Not before so long. */
  readonly retryAfterMs?: number | undefined;
  /** All that is wrong with a file, where one error stands for several. */
  readonly problems?: readonly Problem[];
}

/** The one error class: says what, which, and what to do. */
export class WhosawError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: WhosawErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'WhosawError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.problems = options.problems ?? [];
  }
}

/** One thing wrong with a file that people write. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** `file:line:column: message`, the form that editors and terminals turn into a link. */
export function printProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}
