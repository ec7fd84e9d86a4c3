import { escapeText } from '../lib/escape.ts';
import { table } from '../lib/table.ts';
import type { NormalSecret } from './normal.ts';

const HEAD = ['SECRET', 'READS', 'A DAY', 'HOURS (UTC)', 'READERS', 'NETWORKS'];
const SHOWN = 3;

/** A table for each environment; times in UTC. */
export function printNormal(secrets: readonly NormalSecret[]): string {
  if (secrets.length === 0) return 'Nothing was read in this window.\n';
  const byEnvironment = Array.from(Map.groupBy(secrets, ({ environment }) => environment ?? ''));
  return byEnvironment
    .toSorted(([a], [b]) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1))
    .map(([environment, some]) => {
      const title = environment === '' ? 'NO ENVIRONMENT DECLARED' : escapeText(environment.toUpperCase());
      return `${title}  ${some.length} secrets\n${table([HEAD, ...some.map(row)], COUNTS)}\n`;
    })
    .join('\n');
}

const COUNTS = new Set([1]);

function row({ secret, reads, daily, hours, readers, networks }: NormalSecret): readonly string[] {
  const { least, median, most } = daily;
  return [
    escapeText(secret),
    String(reads),
    least === most ? String(most) : `${median} (${least} to ${most})`,
    printHours(hours),
    some(readers.map(([reader]) => reader)),
    some(networks),
  ];
}

function some(values: readonly string[]): string {
  if (values.length === 0) return '-';
  const rest = values.length > SHOWN ? ` +${values.length - SHOWN}` : '';
  return escapeText(values.slice(0, SHOWN).join(', ') + rest);
}

/** `8-17, 22`; hours that follow each other are one range. */
export function printHours(hours: readonly number[]): string {
  if (hours.length === 24) return 'all';
  const ranges: [number, number][] = [];
  for (const hour of hours) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === hour - 1) last[1] = hour;
    else ranges.push([hour, hour]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
