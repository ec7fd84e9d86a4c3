import type { Command } from 'commander';
import { addRulesCoverage } from './rules-coverage.ts';
import { addRulesExplain } from './rules-explain.ts';
import { addRulesEval } from './rules-eval.ts';
import { addRulesLint } from './rules-lint.ts';
import { addRulesList } from './rules-list.ts';
import { addRulesNew } from './rules-new.ts';
import { addRulesTest } from './rules-test.ts';

/** In the order of the help; `exit` sets the code with which the process ends. */
const SUBCOMMANDS: readonly ((rules: Command, exit: (code: number) => void) => void)[] = [
  addRulesTest,
  addRulesLint,
  addRulesList,
  addRulesExplain,
  addRulesNew,
  addRulesEval,
  addRulesCoverage,
];

export function addRules(program: Command, exit: (code: number) => void): void {
  const rules = program.command('rules').description('Work on rules.');
  for (const add of SUBCOMMANDS) add(rules, exit);
}
