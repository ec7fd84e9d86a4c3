import { relative } from 'node:path';
import { Option, type Command } from 'commander';
import { displayWidth } from '../lib/display-width.ts';
import type { Correlation } from '../core/rule.ts';
import { escapeText } from '../lib/escape.ts';
import { loadStages, type LoadedStages } from '../pipeline/load-stages.ts';
import { ROW_FORMATS, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { rulePaths, rulesOptions, type RulesArguments } from './rule-paths.ts';
import { printWarnings } from './warnings.ts';

interface ListArguments extends RulesArguments {
  readonly format: RowFormat | 'text';
}

export function addRulesList(rules: Command): void {
  const command = rules
    .command('list')
    .description('The rules that raise alerts. Without paths: those that the config names, else the shipped pack.')
    .argument('[path...]', 'rule folders or files; "builtin" is the pack')
    .addOption(new Option('--format <format>', 'for programs').choices(['text', ...ROW_FORMATS]).default('text'));
  for (const option of rulesOptions()) command.addOption(option);
  command.action((paths: readonly string[], args: ListArguments) => runList(paths, args));
}

async function runList(paths: readonly string[], args: ListArguments): Promise<void> {
  const loaded = await loadStages(await rulePaths(paths, args));
  printWarnings(loaded.warnings);
  process.stdout.write(print(rowsOf(loaded), args.format));
}

type Row = Readonly<Record<(typeof COLUMNS)[number], string | number | readonly string[] | undefined>> & {
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly inert: string | undefined;
};
const COLUMNS = ['id', 'title', 'level', 'status', 'type', 'attack', 'file', 'line', 'inert'] as const;

function rowsOf({ parsed, inert }: LoadedStages): readonly Row[] {
  const alerting = parsed.correlations.filter(({ isSilent }) => isSilent !== true);
  return alerting.map(({ meta, type, absentIsValue }) => ({
    id: meta.key,
    title: meta.title,
    level: meta.level,
    status: meta.status,
    type: absentIsValue ? 'single' : type,
    attack: techniquesOf(meta),
    file: meta.file,
    line: meta.line,
    inert: inert.find(({ key }) => key === meta.key)?.reason,
  }));
}

function techniquesOf({ tags }: Correlation['meta']): readonly string[] {
  return tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase() ?? []);
}

function print(rows: readonly Row[], format: ListArguments['format']): string {
  switch (format) {
    case 'text':
      return printText(rows);
    case 'ndjson':
      return toNdjson(rows);
    case 'json':
      return toJson(rows);
    case 'csv':
      return toCsv(COLUMNS, rows);
  }
}

const SHOWN = ['level', 'status', 'type', 'attack', 'title', 'file'] as const;

function printText(rows: readonly Row[]): string {
  const lines = rows.map((row) => SHOWN.map((column) => cell(row, column)));
  const table = [SHOWN.map((column) => column.toUpperCase()), ...lines];
  const widths = SHOWN.map((_, index) => Math.max(...table.map((line) => displayWidth(line[index] ?? ''))));
  const text = table.map((line) =>
    line
      .map((one, index) => pad(one, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const asleep = rows.flatMap(({ title, inert }) =>
    inert === undefined ? [] : [`  ${escapeText(`${title}: ${inert}`)}`],
  );
  const said = asleep.length === 0 ? [] : ['', `inert, because of what is not declared: ${asleep.length}`, ...asleep];
  return `${[...text, ...said].join('\n')}\n`;
}

function cell(row: Row, column: (typeof SHOWN)[number]): string {
  if (column === 'file') return escapeText(`${placeOf(row.file)}:${row.line}`);
  const value = row[column];
  return escapeText(typeof value === 'object' ? value.join(' ') : String(value ?? ''));
}

/** From here, where that is shorter. */
function placeOf(file: string): string {
  const near = relative(process.cwd(), file);
  return near.length < file.length ? near : file;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
