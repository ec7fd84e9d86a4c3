import { WhosawError } from '../core/errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { parseWhen } from '../lib/when.ts';

export interface WindowArguments {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly around?: string | undefined;
  readonly within?: string | undefined;
}

/** Inclusive, microseconds. */
export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

const DEFAULT_SINCE = '24h';
const DEFAULT_WITHIN = '15m';
const LONGEST_WITHIN_MS = 36_500 * 86_400_000;

/** The window that the arguments ask for; the last 24 hours where they say nothing. Throws USAGE. */
export function timeWindow(args: WindowArguments, nowMs: number): TimeWindow {
  if (args.around !== undefined) {
    if (args.since !== undefined || args.until !== undefined)
      throw usage('--around goes with --within, not with --since or --until.');
    const middleUs = when('--around', args.around, nowMs);
    const within = args.within ?? DEFAULT_WITHIN;
    const halfMs = parseDuration(within);
    if (halfMs === undefined || halfMs > LONGEST_WITHIN_MS)
      throw usage(`--within ${within} is no duration: write 15m, 2h or 1d.`);
    return { fromUs: middleUs - halfMs * 1_000, toUs: middleUs + halfMs * 1_000 };
  }
  if (args.within !== undefined) throw usage('--within goes with --around.');
  const fromUs = when('--since', args.since ?? DEFAULT_SINCE, nowMs);
  const toUs = when('--until', args.until ?? 'now', nowMs);
  if (fromUs > toUs) throw usage('--since is later than --until.');
  return { fromUs, toUs };
}

function when(option: string, text: string, nowMs: number): number {
  const timeUs = parseWhen(text, nowMs);
  if (timeUs === undefined || !Number.isSafeInteger(timeUs)) {
    throw usage(`${option} ${text} is no time: write 2025-03-15T02:34Z, 2025-03-15 (local time), 30m (ago) or now.`);
  }
  return timeUs;
}

function usage(message: string): WhosawError {
  return new WhosawError('USAGE', message);
}
