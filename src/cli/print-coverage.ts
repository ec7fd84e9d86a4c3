import { STORES, type StoreName } from '../core/rule.ts';
import { escapeText } from '../lib/escape.ts';
import { reasonsOf, type Coverage, type RuleCoverage } from '../rules/coverage.ts';
import { toCsv } from './formats.ts';

/** Two tables: the rules with their stores and techniques, and the techniques with the number of rules in each store. */
export function printCoverage({ rules, techniques }: Coverage): string {
  const byRule = columns([
    ['RULE', 'LEVEL', ...STORES.map((store) => store.toUpperCase()), 'ATT&CK'],
    ...rules.map((rule) => [
      rule.name,
      rule.level,
      ...STORES.map((store) => mark(rule, store)),
      rule.techniques.join(' '),
    ]),
  ]);
  const byTechnique = columns([
    ['ATT&CK', 'RULES', ...STORES.map((store) => store.toUpperCase())],
    ...techniques.map(({ technique, rules: count, stores }) => [
      technique,
      String(count),
      ...STORES.map((store) => String(stores[store])),
    ]),
  ]);
  const reasons = rules.flatMap((rule) =>
    reasonsOf(rule).map(([store, why]) => `${escapeText(rule.name)}, ${store}: ${escapeText(why)}`),
  );
  const whyNot = reasons.length === 0 ? [] : [`WHY NOT\n${reasons.join('\n')}\n`];
  return [byRule, byTechnique, ...whyNot].join('\n');
}

/** The same for documentation. */
export function printCoverageMarkdown({ rules, techniques }: Coverage): string {
  const byRule = markdown(
    ['rule', 'level', ...STORES, 'ATT&CK', 'why not'],
    rules.map((rule) => [
      rule.title,
      rule.level,
      ...STORES.map((store) => mark(rule, store)),
      rule.techniques.join(' '),
      reasonsOf(rule)
        .map(([store, why]) => `${store}: ${why}`)
        .join('; '),
    ]),
  );
  const byTechnique = markdown(
    ['ATT&CK', 'rules', ...STORES],
    techniques.map(({ technique, rules: count, stores }) => [
      technique,
      String(count),
      ...STORES.map((store) => String(stores[store])),
    ]),
  );
  return `${byRule}\n${byTechnique}`;
}

/** A row for each rule. */
export function printCoverageCsv({ rules }: Coverage): string {
  return toCsv(
    ['name', 'title', 'level', ...STORES, 'techniques', 'tactics'],
    rules.map((rule) => ({
      name: rule.name,
      title: rule.title,
      level: rule.level,
      ...Object.fromEntries(STORES.map((store) => [store, cell(rule, store)])),
      techniques: rule.techniques,
      tactics: rule.tactics,
    })),
  );
}

function cell({ stores }: RuleCoverage, store: StoreName): string {
  const said = stores[store];
  return said === true ? 'yes' : (said ?? '');
}

function mark({ stores }: RuleCoverage, store: StoreName): string {
  const said = stores[store];
  if (said === undefined) return '?';
  return said === true ? 'yes' : '-';
}

function columns(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map(escapeText));
  const widths = (escaped[0] ?? []).map((_, index) => Math.max(...escaped.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return escaped.map((row) => `${line(row)}\n`).join('');
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => escapeText(text).replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
