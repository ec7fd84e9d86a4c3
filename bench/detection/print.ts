import type { Alert } from '../../src/core/alert.ts';
import { printDuration } from '../../src/lib/duration.ts';
import type { Finding } from './judge.ts';

export function findingsTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ label, rules, detectedAfterMs }) => [
    `\`${label.name}\``,
    label.what,
    rules.length > 0 ? 'found' : label.invisible === undefined ? '**missed**' : `- (${label.invisible})`,
    detectedAfterMs === undefined ? '' : printDuration(Math.round(detectedAfterMs / 1_000) * 1_000),
    rules.join('; '),
  ]);
  return table(['label', 'what happened', 'result', 'after', 'rules'], rows);
}

/** `24 of 24 found` */
export function score(findings: readonly Finding[]): string {
  const visible = findings.filter(({ label }) => label.invisible === undefined);
  return `${visible.filter(({ rules }) => rules.length > 0).length} of ${visible.length} found`;
}

export function alertsTable(alerts: readonly Alert[]): string {
  const rows = alerts.map(({ rule, opened, group, why }) => [
    opened.slice(0, 'YYYY-MM-DDThh:mm'.length),
    rule.level,
    rule.title,
    Object.values(group).join(', '),
    why,
  ]);
  return table(['opened', 'level', 'rule', 'group', 'why'], rows);
}

export function countsTable(alerts: readonly Alert[]): string {
  const counts = Map.groupBy(alerts, ({ rule }) => rule.title);
  return table(
    ['rule', 'alerts'],
    Array.from(counts, ([title, found]) => [title, String(found.length)]),
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
