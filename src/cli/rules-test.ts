import type { Command } from 'commander';
import { printProblem, WhosawError } from '../core/errors.ts';
import { evaluate } from '../detect/evaluate.ts';
import { escapeText } from '../lib/escape.ts';
import { BUILTIN, loadRules } from '../pipeline/load-stages.ts';
import { testRules, type TestResult } from '../rules/test-rules.ts';
import { printWarnings } from './warnings.ts';

export function addRulesTest(rules: Command, exit: (code: number) => void): void {
  rules
    .command('test')
    .description("Run the tests in rule files; without arguments the shipped pack's.")
    .argument('[path...]', 'rule folders or files')
    .option('--verbose', 'name the tests that pass as well')
    .action(async (paths: readonly string[], { verbose }: { readonly verbose?: true }) => {
      exit(await runTests(paths.length === 0 ? [BUILTIN] : paths, verbose === true));
    });
}

async function runTests(paths: readonly string[], verbose: boolean): Promise<number> {
  const parsed = await loadRules(paths);
  printWarnings(parsed.problems);
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new WhosawError('RULES_INVALID', `${errors.length} to mend before the tests can run.`, { problems: errors });
  }
  const results = testRules(parsed, evaluate);
  for (const result of results) if (verbose || !result.passed) console.log(printResult(result));
  const failed = results.filter(({ passed }) => !passed).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  const untested = parsed.correlations.filter(({ meta }) => !results.some(({ file }) => file === meta.file));
  for (const { meta } of untested)
    console.log(
      escapeText(`no tests: ${printProblem({ ...meta, column: 1, message: meta.title, severity: 'warning' })}`),
    );
  return failed === 0 ? 0 : 1;
}

function printResult({ file, line, title, kind, name, passed, expected, got, why }: TestResult): string {
  const head = `${passed ? 'ok  ' : 'FAIL'}  ${title}, ${kind}: ${name}`;
  if (passed) return escapeText(head);
  const place = printProblem({ file, line, column: 1, message: `expected ${expected}, got ${got}`, severity: 'error' });
  return [head, `      ${place}`, ...(why === undefined ? [] : [`      ${why}`])].map(escapeText).join('\n');
}
