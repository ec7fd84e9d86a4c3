import { fileURLToPath } from 'node:url';
import { WhosawError, type Problem } from '../core/errors.ts';
import { compileExpectations } from '../enrich/compile-expectations.ts';
import { readExpectations } from '../enrich/read-expectations.effect.ts';
import { inertRules, type InertRule } from '../rules/inert.ts';
import { parseRules, type ParsedRules } from '../rules/parse-rules.ts';
import { readRuleFiles } from '../rules/read-rules.effect.ts';
import { compileRules, type CompiledRules } from '../rules/rule-set.ts';
import { FORMATS } from '../sources/formats.ts';
import type { Enrich, Stages } from './observe.ts';

/** The shipped pack, in a list of rule folders. */
export const BUILTIN = 'builtin';
const BUILTIN_FOLDER = fileURLToPath(new URL('../../rules', import.meta.url));

export interface LoadedStages {
  readonly stages: Stages & { readonly rules: CompiledRules };
  readonly parsed: ParsedRules;
  /** Rules that cannot fire because of what is not declared. */
  readonly inert: readonly InertRule[];
  readonly warnings: readonly Problem[];
}

export interface StagePaths {
  /** Folders or files; `builtin` is the shipped pack. */
  readonly rules: readonly string[];
  readonly expectations?: string | undefined;
}

/** Reads and compiles rules and expectations. Throws one error with all problems of both. */
export async function loadStages({ rules, expectations }: StagePaths): Promise<LoadedStages> {
  const parsed = await loadRules(rules);
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  const enricher = loadExpectations(expectations, errors);
  if (errors.length > 0) {
    throw new WhosawError(
      'RULES_INVALID',
      `The rules have ${countOf(errors)}; nothing of them is used until it is mended.`,
      {
        problems: errors,
      },
    );
  }
  const compiled = compileRules(parsed);
  return {
    stages: { formats: FORMATS, enricher, rules: compiled },
    parsed,
    inert: inertRules(compiled, enricher.declared),
    warnings: parsed.problems,
  };
}

export async function loadRules(paths: readonly string[]): Promise<ParsedRules> {
  return parseRules(await readRuleFiles(paths.map((path) => (path === BUILTIN ? BUILTIN_FOLDER : path))));
}

/** A broken file is reported together with what is wrong with the rules. */
function loadExpectations(file: string | undefined, ruleErrors: readonly Problem[]): Enrich {
  if (file === undefined) return NO_EXPECTATIONS;
  try {
    return compileExpectations(readExpectations(file));
  } catch (error) {
    if (!(error instanceof WhosawError) || ruleErrors.length === 0) throw error;
    throw new WhosawError(error.code, `${error.message} The rules have ${countOf(ruleErrors)} as well.`, {
      problems: [...ruleErrors, ...error.problems],
    });
  }
}

/** Nothing is declared: no fact is ever known. */
export const NO_EXPECTATIONS: Enrich = { version: 'none', declared: new Set(), enrich: (observation) => observation };

function countOf(problems: readonly Problem[]): string {
  return problems.length === 1 ? 'one problem' : `${problems.length} problems`;
}
