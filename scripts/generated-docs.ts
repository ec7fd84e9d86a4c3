import { readFile } from 'node:fs/promises';
import { printCoverageMarkdown } from '../src/cli/print-coverage.ts';
import { LEVELS } from '../src/core/rule.ts';
import { EVENT_FIELDS } from '../src/core/fields.ts';
import { CONFIG } from '../src/pipeline/config.ts';
import { describeSchema } from '../src/pipeline/describe-config.ts';
import { coverageOf } from '../src/rules/coverage.ts';
import { MODIFIERS } from '../src/rules/modifiers.ts';
import { BUILTIN, loadRules } from '../src/pipeline/load-stages.ts';
import { newRule } from '../src/rules/new-rule.ts';

const FIRST_RULE = {
  type: 'single',
  id: '2f0b7f0e-6c63-4b53-9a4e-2c1f6a7f1f10',
  title: 'Break-glass secret read',
} as const;

const ROOT = new URL('../', import.meta.url);

/** The parts of the documentation that the code itself says: file -> its text with those parts filled in. */
export async function generatedDocs(): Promise<ReadonlyMap<string, string>> {
  const parts: readonly (readonly [string, string, string])[] = [
    ['README.md', 'rules', await groupsTable()],
    ['docs/rules.md', 'fields', fieldsTable()],
    ['docs/rules.md', 'pack', await rulesTable()],
    ['docs/detection.md', 'coverage', await coverageTables()],
    ['docs/sigma.md', 'modifiers', modifiersTable()],
    ['docs/first-rule.md', 'first-rule', `\`\`\`yaml\n${newRule(FIRST_RULE)}\`\`\`\n`],
    ['docs/configuration.md', 'config', `\`\`\`yaml\n${describeSchema(CONFIG)}\`\`\`\n`],
  ];
  const texts = new Map<string, string>();
  for (const [file, name, part] of parts) {
    texts.set(file, fill(texts.get(file) ?? (await readFile(new URL(file, ROOT), 'utf8')), name, part));
  }
  return texts;
}

/** Replaces what stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. */
function fill(text: string, name: string, part: string): string {
  const begin = `<!-- begin ${name} -->\n`;
  const end = `<!-- end ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to === -1)
    throw new Error(`There is no place for "${name}": it needs a line ${begin} and a line ${end}.`);
  return text.slice(0, from + begin.length) + part + text.slice(to);
}

function fieldsTable(): string {
  const rows = Object.entries(EVENT_FIELDS).map(([name, { type, description }]) => [`\`${name}\``, type, description]);
  return table(['field', 'type', 'what it says'], rows);
}

function modifiersTable(): string {
  return table(
    ['modifier', 'what it asks'],
    MODIFIERS.map(({ name, says }) => [`\`${name}\``, says]),
  );
}

async function rulesTable(): Promise<string> {
  const { correlations: all } = await loadRules([BUILTIN]);
  const correlations = all.filter(({ isSilent }) => isSilent !== true);
  const rows = correlations.map(({ meta }) => {
    const file = meta.file.slice(meta.file.lastIndexOf('/rules/') + 1);
    return [`[${meta.title}](../${file})`, meta.level, firstSentence(meta.description)];
  });
  return table(['rule', 'level', 'what it flags'], rows);
}

/** A line for each folder of the pack, with its two highest rules. */
async function groupsTable(): Promise<string> {
  const { correlations } = await loadRules([BUILTIN]);
  const alerting = correlations.filter(({ isSilent }) => isSilent !== true).map(({ meta }) => meta);
  const groups = Map.groupBy(alerting, ({ file }) => /\/rules\/([^/]+)\//.exec(file)?.[1] ?? '');
  const rows = Array.from(groups, ([folder, metas]) => {
    const highest = metas.toSorted((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level)).slice(0, 2);
    return [
      `[${folder}](rules/${folder})`,
      String(metas.length),
      highest.map(({ title, level }) => `${title} (${level})`).join('; '),
    ];
  });
  return table(['what it is about', 'rules', 'the highest of them'], rows);
}

async function coverageTables(): Promise<string> {
  const { correlations } = await loadRules([BUILTIN]);
  return printCoverageMarkdown(coverageOf(correlations));
}

function firstSentence(text = ''): string {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0].replaceAll('\n', ' ') ?? text;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
