import type { Alert } from '../core/alert.ts';
import { describeAlert } from '../alerts/describe-alert.ts';
import { escapeText } from '../lib/escape.ts';
import type { Backtest } from '../pipeline/backtest.ts';

/** Lines of one kind that are shown; all are counted. */
const SHOWN = 20;
const TALLIES_SHOWN = 5;

export function printBacktest(result: Backtest): string {
  const { gained, lost, changed } = result;
  const sections = [
    section('GAINED', gained.map(lineOf)),
    section('LOST', lost.map(lineOf)),
    section(
      'CHANGED',
      changed.map(({ before, after }) => `${lineOf(after)}  (${before.count} before)`),
    ),
    section('GAINED BY IDENTITY', talliesOf(gained, whoOf)),
    section('GAINED BY SECRET', talliesOf(gained, whatOf)),
  ];
  return `${[summaryOf(result), ...sections.filter((text) => text !== '')].join('\n\n')}\n`;
}

/** For the description of a pull request. */
export function printBacktestMarkdown(result: Backtest): string {
  const { gained, lost, changed } = result;
  const rows: readonly (readonly [string, Alert, string])[] = [
    ...gained.map((alert) => ['gained', alert, String(alert.count)] as const),
    ...lost.map((alert) => ['lost', alert, String(alert.count)] as const),
    ...changed.map(({ before, after }) => ['changed', after, `${before.count} → ${after.count}`] as const),
  ];
  if (rows.length === 0) return `${summaryOf(result)}\n`;
  const table = rows.slice(0, SHOWN).map(([what, alert, count]) => {
    const cells = [what, alert.opened, alert.rule.level, alert.rule.title, whoOf(alert), whatOf(alert), count];
    return `| ${cells.map(markdownCell).join(' | ')} |`;
  });
  const head = [
    '| | opened | level | rule | identity | secret | hits |',
    '| --- | --- | --- | --- | --- | --- | ---: |',
  ];
  const rest = rows.length > SHOWN ? ['', `… and ${rows.length - SHOWN} more`] : [];
  return `${[summaryOf(result), '', ...head, ...table, ...rest].join('\n')}\n`;
}

/** For programs. */
export function backtestDocument({ days, events, before, after, gained, lost, changed }: Backtest): object {
  return { days, events, before, after, gained, lost, changed };
}

function summaryOf({ events, days, before, after, gained, lost, changed }: Backtest): string {
  const span = days < 1.05 ? 'a day' : `${days.toFixed(1)} days`;
  return (
    `${events.toLocaleString('en-US')} events of ${span}: ${before} alerts before, ${after} after ` +
    `(${gained.length} gained, ${lost.length} lost, ${changed.length} changed; ${(after / days).toFixed(1)} a day)`
  );
}

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const rest = lines.length > SHOWN ? [`  … and ${lines.length - SHOWN} more`] : [];
  return [`${title} ${lines.length}`, ...lines.slice(0, SHOWN).map((line) => `  ${line}`), ...rest].join('\n');
}

function lineOf(alert: Alert): string {
  const { title, level } = describeAlert(alert);
  const parts = [alert.opened, level, title, whoOf(alert), whatOf(alert), `${alert.count}`];
  return parts
    .filter((part) => part !== '')
    .map(escapeText)
    .join('  ');
}

function talliesOf(alerts: readonly Alert[], of: (alert: Alert) => string): readonly string[] {
  const named = alerts.filter((alert) => of(alert) !== '');
  return Array.from(Map.groupBy(named, of), ([name, some]) => ({ name, count: some.length }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, TALLIES_SHOWN)
    .map(({ name, count }) => `${String(count).padStart(4)}  ${escapeText(name)}`);
}

function whoOf(alert: Alert): string {
  return describeAlert(alert).who;
}

function whatOf(alert: Alert): string {
  return describeAlert(alert).what;
}

/** Nothing that audit text holds may become a link, a mention or another cell. */
function markdownCell(text: string): string {
  return escapeText(text).replace(/[\\`*_{}[\]<>()#|!@~:]/g, '\\$&');
}
