import type { Gap } from '../core/gap.ts';
import { escapeText } from '../lib/escape.ts';
import { parseTimeUs } from '../lib/time.ts';
import { clockTime, type Clock } from './clock.ts';

const SHOWN = 3;

/** One line for an answer: what may be missing of its window; empty where nothing is. A new salt hides no events. */
export function printGapLine(gaps: readonly Gap[], clock: Clock): string {
  const missing = gaps.filter(({ kind }) => kind !== 'salt').toSorted(byUrgency);
  if (missing.length === 0) return '';
  const shown = missing.slice(0, SHOWN).map((gap) => `${gap.source} ${describeGap(gap)} ${printSpanOf(gap, clock)}`);
  const more = missing.length > SHOWN ? `; ${missing.length - SHOWN} more: whosaw coverage` : '';
  return escapeText(`gaps: ${shown.join('; ')}${more}`);
}

/** What is nowhere else comes first. */
function byUrgency(a: Gap, b: Gap): number {
  return Number(a.healedBy !== undefined) - Number(b.healedBy !== undefined);
}

/** `missed 5 (healed by vault-file)` */
export function describeGap({ kind, device, count, healedBy }: Gap): string {
  const healed = healedBy === undefined ? '' : ` (healed by ${healedBy})`;
  const many = count === undefined ? '' : ` ${count}`;
  switch (kind) {
    case 'down':
      return `not listened to${count === undefined ? '' : `, missed ${count}`}${healed}`;
    case 'dropped':
      return `dropped${many}${healed}`;
    case 'missing':
      return `missed${many}${healed}`;
    case 'disabled':
      return `audit device ${device ?? ''} removed`;
    case 'salt':
      return 'new salt: HMACs of before and after cannot be joined';
    case 'canary':
      return 'canary overdue';
  }
}

/** `05:46:36.005 to 05:46:36.009`, with the day in front where the window is longer than one. */
export function printSpanOf({ from, to }: Gap, clock: Clock): string {
  const begin = clockTime(parseTimeUs(from) ?? 0, clock);
  if (to === undefined) return `since ${begin}`;
  const end = clockTime(parseTimeUs(to) ?? 0, clock);
  if (begin === end) return begin;
  const day = begin.slice(0, begin.lastIndexOf(' ') + 1);
  return `${begin} to ${end.startsWith(day) ? end.slice(day.length) : end}`;
}
