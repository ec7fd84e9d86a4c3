import { Option, type Command } from 'commander';
import { escapeText } from '../lib/escape.ts';
import { loadRules } from '../pipeline/load-stages.ts';
import type { Finding } from '../rules/lint/finding.ts';
import { lintRules } from '../rules/lint/lint.ts';
import { configOption } from './config-option.ts';
import { toJson } from './formats.ts';
import { rulePaths } from './rule-paths.ts';

const FORMATS = ['text', 'json'] as const;

interface LintArguments {
  readonly config?: string;
  readonly format: (typeof FORMATS)[number];
  readonly strict?: true;
}

export function addRulesLint(rules: Command, exit: (code: number) => void): void {
  rules
    .command('lint')
    .description(
      'Find what is wrong or doubtful about rules. Without paths: the shipped pack, and what the config names.',
    )
    .argument('[path...]', 'rule folders or files; "builtin" is the pack')
    .addOption(configOption())
    .addOption(new Option('--format <format>', 'json is for programs').choices(FORMATS).default('text'))
    .option('--strict', 'exit with 1 on warnings too; on errors it always does')
    .action(async (paths: readonly string[], args: LintArguments) => exit(await runLint(paths, args)));
}

async function runLint(paths: readonly string[], args: LintArguments): Promise<number> {
  // A broken config is no reason not to look at the rules that are named.
  const named = paths.length > 0 ? paths : (await rulePaths(paths, args)).rules;
  const findings = lintRules(await loadRules(named));
  process.stdout.write(args.format === 'json' ? toJson(findings) : printText(findings));
  const has = (level: Finding['level']): boolean => findings.some((finding) => finding.level === level);
  return has('error') || (args.strict === true && has('warning')) ? 1 : 0;
}

function printText(findings: readonly Finding[]): string {
  const lines = findings.map(({ file, line, column, level, message, check }) =>
    escapeText(`${file}:${line}:${column}: ${level}: ${message} [${check}]`),
  );
  const counts = (['error', 'warning', 'note'] as const).map((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return `${count} ${level}${count === 1 ? '' : 's'}`;
  });
  return `${[...lines, counts.join(', ')].join('\n')}\n`;
}
