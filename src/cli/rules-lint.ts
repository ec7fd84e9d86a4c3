import { Option, type Command } from 'commander';
import { readExpectations } from '../enrich/read-expectations.effect.ts';
import { escapeText } from '../lib/escape.ts';
import { loadRules } from '../pipeline/load-stages.ts';
import type { Finding } from '../rules/lint/finding.ts';
import { lintRules } from '../rules/lint/lint.ts';
import { toJson } from './formats.ts';
import { rulePaths, rulesOptions, type RulesArguments } from './rule-paths.ts';

const FORMATS = ['text', 'json'] as const;

interface LintArguments extends RulesArguments {
  readonly format: (typeof FORMATS)[number];
  readonly strict?: true;
}

export function addRulesLint(rules: Command, exit: (code: number) => void): void {
  const command = rules
    .command('lint')
    .description(
      'Find what is wrong or doubtful about rules. Without paths: those that the config names, else the shipped pack.',
    )
    .argument('[path...]', 'rule folders or files; "builtin" is the pack')
    .addOption(new Option('--format <format>', 'json is for programs').choices(FORMATS).default('text'))
    .option('--strict', 'exit with 1 on warnings too; on errors it always does');
  for (const option of rulesOptions()) command.addOption(option);
  command.action(async (paths: readonly string[], args: LintArguments) => exit(await runLint(paths, args)));
}

async function runLint(paths: readonly string[], args: LintArguments): Promise<number> {
  const { rules, expectations } = await rulePaths(paths, args);
  const placeholders = expectations === undefined ? undefined : readExpectations(expectations).placeholders;
  const parsed = await loadRules(rules, { placeholders });
  const findings = lintRules(parsed);
  process.stdout.write(args.format === 'json' ? toJson(findings) : printText(findings, parsed.correlations.length));
  const has = (level: Finding['level']): boolean => findings.some((finding) => finding.level === level);
  return has('error') || (args.strict === true && has('warning')) ? 1 : 0;
}

function printText(findings: readonly Finding[], rules: number): string {
  const lines = findings.map(({ file, line, column, level, message, check }) =>
    escapeText(`${file}:${line}:${column}: ${level}: ${message} [${check}]`),
  );
  const counts = (['error', 'warning', 'note'] as const).map((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return `${count} ${level}${count === 1 ? '' : 's'}`;
  });
  const summary = `${rules} rule${rules === 1 ? '' : 's'}: ${counts.join(', ')}`;
  return `${[...lines, summary].join('\n')}\n`;
}
