import { printDuration } from '../lib/duration.ts';

/** A change window as expectations.yaml writes it, in UTC. */
export interface DraftWindow {
  readonly cron: string;
  readonly lasts: string;
}

/**
 * When an identity works, with an hour's margin on both sides; empty where no habit shows: too few days, or so much of
 * the day that a window would say nothing. `days`: those of the whole history, which tell whether a weekend was among them.
 */
export function workingHours(
  quarters: ReadonlyMap<string, ReadonlySet<number>>,
  days: readonly string[],
): readonly DraftWindow[] {
  if (quarters.size < LEAST_DAYS) return [];
  const spans = spansOf(new Set([...quarters.values()].flatMap((day) => [...day])));
  const total = spans.reduce((sum, { lasts }) => sum + lasts, 0);
  if (total > MOST_OF_DAY) return [];
  const isWorkweek = hasWeekend(days) && ![...quarters.keys()].some(isWeekend);
  return spans.map(({ from, lasts }) => {
    const on = isWorkweek && from + lasts <= DAY ? '1-5' : '*';
    return {
      cron: `${(from % 4) * 15} ${Math.floor(from / 4)} * * ${on}`,
      lasts: printDuration(lasts * QUARTER_MS),
    };
  });
}

const QUARTER_MS = 15 * 60_000;
const DAY = 96;
const LEAST_DAYS = 4;
/** Half a day: what works longer has no hours. */
const MOST_OF_DAY = 48;
const MARGIN = 4;
/** Quiet for longer than this: another window. */
const GAP = 8;

interface Span {
  readonly from: number;
  readonly lasts: number;
}

/** Around the clock: what ends before midnight may go on after it. */
function spansOf(quarters: ReadonlySet<number>): readonly Span[] {
  const sorted = [...quarters].toSorted((a, b) => a - b);
  const begins = sorted.filter((quarter, index) => {
    const before = sorted[index - 1] ?? (sorted.at(-1) ?? 0) - DAY;
    return quarter - before > GAP;
  });
  if (begins.length === 0) return [{ from: 0, lasts: DAY }];
  return begins.map((begin, index) => {
    const next = begins[index + 1] ?? (begins[0] ?? 0) + DAY;
    const last = Math.max(...sorted.flatMap((quarter) => [quarter, quarter + DAY]).filter((quarter) => quarter < next));
    return { from: (begin - MARGIN + DAY) % DAY, lasts: last - begin + 1 + 2 * MARGIN };
  });
}

function hasWeekend(days: readonly string[]): boolean {
  return days.filter(isWeekend).length >= 2;
}

function isWeekend(day: string): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}
