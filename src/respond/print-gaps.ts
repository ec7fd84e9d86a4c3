import type { Gap } from '../core/gap.ts';
import { escapeText } from '../lib/escape.ts';
import { parseTimeUs } from '../lib/time.ts';
import type { Clock } from './clock.ts';

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

export function printSpanOf({ from, to }: Gap, { local, oneDay }: Clock): string {
  const print = (text: string): string => {
    const { time, dayMonth } = local((parseTimeUs(text) ?? 0) / 1_000);
    return oneDay ? time : `${dayMonth} ${time}`;
  };
  return to === undefined ? `since ${print(from)}` : `${print(from)} to ${print(to)}`;
}
