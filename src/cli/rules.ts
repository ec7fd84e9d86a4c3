import type { Command } from 'commander';
import { printProblem } from '../core/errors.ts';
import { evaluate } from '../detect/evaluate.ts';
import { escapeText } from '../lib/escape.ts';
import { BUILTIN, loadRulesAlone } from '../pipeline/load-stages.ts';
import { testRules, type TestResult } from '../rules/test-rules.ts';
import { addRulesCoverage } from './rules-coverage.ts';
import { addRulesEval } from './rules-eval.ts';
import { printWarnings } from './warnings.ts';

export function addRules(program: Command, exit: (code: number) => void): void {
  const rules = program.command('rules').description('Work on rules.');
  rules
    .command('test')
    .description("Run the tests in rule files; without arguments the shipped pack's.")
    .argument('[path...]', 'rule folders or files')
    .option('--expectations <file>', 'where the lists for placeholders stand')
    .option('--verbose', 'name the tests that pass as well')
    .action(async (paths: readonly string[], args: TestArguments) => {
      exit(await runTests(paths.length === 0 ? [BUILTIN] : paths, args));
    });
  addRulesEval(rules);
  addRulesCoverage(rules);
}

interface TestArguments {
  readonly expectations?: string;
  readonly verbose?: true;
}

async function runTests(paths: readonly string[], { expectations, verbose }: TestArguments): Promise<number> {
  const parsed = await loadRulesAlone({ rules: paths, expectations });
  printWarnings(parsed.problems);
  const results = testRules(parsed, evaluate);
  for (const result of results) if (verbose === true || !result.passed) console.log(printResult(result));
  const failed = results.filter(({ passed }) => !passed).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  const untested = parsed.correlations.filter(
    ({ meta, isSilent }) => isSilent !== true && !results.some(({ file }) => file === meta.file),
  );
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
