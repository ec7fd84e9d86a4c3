import type { DeviceFacts } from '../core/coverage.ts';
import { printDuration } from '../lib/duration.ts';
import { escapeText } from '../lib/escape.ts';
import { table } from '../lib/table.ts';
import { parseTimeUs } from '../lib/time.ts';
import { clockOf, clockTime, printSpan, type Clock } from './clock.ts';
import type { CoverageAnswer, CoveredSource } from './coverage.ts';
import { describeGap, printSpanOf } from './print-gaps.ts';

/** The answer as people read it, in local time. `zone`: an IANA name; the machine's own without it. */
export function printCoverage(answer: CoverageAnswer, zone?: string): string {
  const clock = clockOf(answer.window, zone);
  return [printSpan(answer.window, clock), sourcesTable(answer, clock), gapsTable(answer, clock)].join('\n\n');
}

function sourcesTable({ sources }: CoverageAnswer, clock: Clock): string {
  const head = ['SOURCE', 'FROM', 'LAST EVENT', 'EVENTS', 'DELAY 50%', '90%', '99%', 'REJECTED', 'BLIND SINCE'];
  return table([head, ...sources.flatMap((source) => rowsOf(source, clock))], new Set([3, 4, 5, 6, 7]));
}

function rowsOf(source: CoveredSource, clock: Clock): readonly (readonly string[])[] {
  const blind = source.blindSince === undefined ? '-' : time(source.blindSince, clock);
  const ends = [String(source.rejected), blind];
  if (source.devices.length === 0) return [[escapeText(source.source), '-', 'never', '0', '-', '-', '-', ...ends]];
  return source.devices.map((device, index) => [
    escapeText(index === 0 ? source.source : ''),
    escapeText(device.peer ?? '-'),
    time(device.last, clock),
    String(device.events),
    ...delays(device),
    ...(index === 0 ? ends : ['', '']),
  ]);
}

function delays({ delay }: DeviceFacts): readonly string[] {
  if (delay === undefined) return ['-', '-', '-'];
  return [delay.p50, delay.p90, delay.p99].map((ms) =>
    printDuration(ms < 60_000 ? ms : Math.round(ms / 1_000) * 1_000),
  );
}

function gapsTable({ gaps }: CoverageAnswer, clock: Clock): string {
  if (gaps.length === 0) return 'No gaps are known in this window.';
  const rows = gaps.map((gap) => [escapeText(gap.source), printSpanOf(gap, clock), escapeText(describeGap(gap))]);
  return table([[`GAPS ${gaps.length}`, 'WHEN', 'WHAT'], ...rows]);
}

function time(text: string, clock: Clock): string {
  return clockTime(parseTimeUs(text) ?? 0, clock);
}
