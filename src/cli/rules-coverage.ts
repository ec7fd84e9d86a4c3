import { Option, type Command } from 'commander';
import { BUILTIN, loadRulesAlone } from '../pipeline/load-stages.ts';
import { coverageOf, type Coverage } from '../rules/coverage.ts';
import { toJson } from './formats.ts';
import { printCoverage, printCoverageCsv, printCoverageMarkdown } from './print-coverage.ts';
import { printWarnings } from './warnings.ts';

const FORMATS = ['text', 'markdown', 'csv', 'json'] as const;
type Format = (typeof FORMATS)[number];

interface CoverageArguments {
  readonly expectations?: string;
  readonly format: Format;
}

export function addRulesCoverage(rules: Command): void {
  rules
    .command('coverage')
    .description(
      'Which rules cover which stores and which techniques of MITRE ATT&CK; without arguments the shipped pack.',
    )
    .argument('[path...]', 'rule folders or files; "builtin" is the shipped pack')
    .option('--expectations <file>', 'where the lists for placeholders stand')
    .addOption(new Option('--format <format>', 'markdown is for documentation').choices(FORMATS).default('text'))
    .action(async (paths: readonly string[], { expectations, format }: CoverageArguments) => {
      const parsed = await loadRulesAlone({ rules: paths.length === 0 ? [BUILTIN] : paths, expectations });
      printWarnings(parsed.problems);
      process.stdout.write(print(coverageOf(parsed.correlations), format));
    });
}

function print(coverage: Coverage, format: Format): string {
  switch (format) {
    case 'text':
      return printCoverage(coverage);
    case 'markdown':
      return printCoverageMarkdown(coverage);
    case 'csv':
      return printCoverageCsv(coverage);
    case 'json':
      return toJson(coverage);
  }
}
