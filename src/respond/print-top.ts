import type { TallyOf, TallyRow } from '../core/access-reader.ts';
import { escapeText } from '../lib/escape.ts';
import { clockOf, printSpan } from './clock.ts';
import { table } from '../lib/table.ts';
import type { TimeWindow } from './window.ts';

export interface PrintTopOptions {
  /** An IANA name; the machine's own without it. */
  readonly zone?: string | undefined;
}

const TITLES: Readonly<Record<TallyOf, readonly [string, string]>> = {
  secrets: ['SECRET', 'READS'],
  identities: ['IDENTITY', 'READS'],
  denials: ['REFUSED', 'TRIES'],
  addresses: ['ADDRESS', 'ACCESSES'],
};

/** A table with bars, in local time. */
export function printTop(
  of: TallyOf,
  rows: readonly TallyRow[],
  window: TimeWindow,
  { zone }: PrintTopOptions = {},
): string {
  const clock = clockOf(window, zone);
  const span = printSpan(window, clock);
  if (rows.length === 0) return `${span}\nNothing in this window.`;
  const most = rows[0]?.count ?? 1;
  const [title, counted] = TITLES[of];
  const lines = rows.map((row) => [
    escapeText(row.value),
    String(row.count),
    bar(row.count / most),
    escapeText(environmentsOf(row)),
    sparkline(row.parts),
  ]);
  const each = partLength(window, rows[0]?.parts.length ?? 1);
  return `${span}\n\n${table([[title, counted, '', 'ENVIRONMENTS', `EACH ${each}`], ...lines], COUNTS)}`;
}

const COUNTS = new Set([1]);
const BAR_CELLS = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** `share` of the longest, from 0 to 1; never nothing. */
function bar(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR_CELLS * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

function sparkline(parts: readonly number[]): string {
  const most = Math.max(1, ...parts);
  return parts.map((count) => (count === 0 ? '·' : LEVELS[Math.ceil((count / most) * LEVELS.length) - 1])).join('');
}

function environmentsOf({ environments }: TallyRow): string {
  const named = environments.map(([name, count]) => (name === '' ? `none ${count}` : `${name} ${count}`));
  return environments.every(([name]) => name === '') ? '-' : named.join(', ');
}

/** `1h`, `15m` */
function partLength({ fromUs, toUs }: TimeWindow, parts: number): string {
  const minutes = Math.round((toUs - fromUs) / 60_000_000 / parts);
  if (minutes < 1) return `${Math.max(1, Math.round((toUs - fromUs) / 1_000_000 / parts))}s`;
  if (minutes < 120 && minutes !== 60) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)}h` : `${Math.round(minutes / 1_440)}d`;
}
