import { printProblem, type Problem } from '../core/errors.ts';
import { escapeText } from '../lib/escape.ts';

/** What is odd, but stops nothing. */
export function printWarnings(problems: readonly Problem[]): void {
  for (const problem of problems) {
    if (problem.severity === 'warning') console.error(escapeText(`warning: ${printProblem(problem)}`));
  }
}
