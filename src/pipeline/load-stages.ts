import { fileURLToPath } from 'node:url';
import { WhosawError, type Problem } from '../core/errors.ts';
import type { Expectations } from '../enrich/expectations.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { compileExpectations } from '../enrich/compile-expectations.ts';
import { readExpectations, type ReadExpectations } from '../enrich/read-expectations.effect.ts';
import { inertRules, type InertRule } from '../rules/inert.ts';
import { parseRules, type ParsedRules, type ParseOptions } from '../rules/parse-rules.ts';
import { NO_LIST } from '../rules/placeholders.ts';
import { readRuleFiles } from '../rules/read-rules.effect.ts';
import { compileRules, type CompiledRules } from '../rules/rule-set.ts';
import { setThresholds, type Threshold } from '../rules/thresholds.ts';
import { FORMATS } from '../sources/formats.ts';
import { fingerprintsOf, type Fingerprints } from './fingerprints.ts';
import type { Enrich, Stages } from './observe.ts';

/** The shipped pack, in a list of rule folders. */
export const BUILTIN = 'builtin';
const BUILTIN_FOLDER = fileURLToPath(new URL('../../rules', import.meta.url));

export interface LoadedStages {
  readonly stages: Stages & { readonly rules: CompiledRules };
  readonly parsed: ParsedRules;
  /** Rules that cannot fire because of what is not declared. */
  readonly inert: readonly InertRule[];
  /** Undefined where none are given. */
  readonly expectations: Expectations | undefined;
  readonly warnings: readonly Problem[];
  readonly fingerprints: Fingerprints;
  /** Files besides the rules that have to be read again when they change. */
  readonly files: readonly string[];
}

/** What the stages run on. */
export interface Loaded {
  readonly stages: Stages;
  readonly fingerprints: Fingerprints;
}

export interface StagePaths {
  /** Folders or files; `builtin` is the shipped pack. */
  readonly rules: readonly string[];
  readonly expectations?: string | undefined;
  /** Set on the rules that are loaded. */
  readonly thresholds?: readonly Threshold[] | undefined;
  /** Thresholds of rules that are not loaded are nobody's mistake. */
  readonly passOverThresholds?: boolean;
}

/** Reads and compiles rules and expectations. Throws one error with all problems of both. */
export async function loadStages({
  rules,
  expectations: file,
  thresholds = [],
  passOverThresholds,
}: StagePaths): Promise<LoadedStages> {
  const expectations = file === undefined ? undefined : readAll(file);
  const placeholders = expectations?.ok === true ? expectations.value.placeholders : undefined;
  const parsed = setThresholds(await loadRules(rules, { placeholders }), thresholds, { passOver: passOverThresholds });
  const errors = errorsOf(parsed, expectations?.ok !== false);
  if (expectations?.ok === false) throw withRuleErrors(expectations.error, errors);
  refuse(errors);
  const compiled = compileRules(parsed);
  const enricher = expectations === undefined ? NO_EXPECTATIONS : compileExpectations(expectations.value);
  return {
    stages: { formats: FORMATS, enricher, rules: compiled },
    parsed,
    inert: inertRules(compiled, enricher.declared),
    expectations: expectations?.value,
    warnings: parsed.problems,
    fingerprints: fingerprintsOf(compiled),
    files: expectations?.value.files ?? [],
  };
}

/** Parses the rules of folders or files; `builtin` is the shipped pack. */
export async function loadRules(paths: readonly string[], options: ParseOptions = {}): Promise<ParsedRules> {
  return parseRules(await readRuleFiles(pathsOf(paths)), options);
}

/** Where the rules are. */
export function pathsOf(paths: readonly string[]): readonly string[] {
  return paths.map((path) => (path === BUILTIN ? BUILTIN_FOLDER : path));
}

/** Rules for which only the placeholders of the expectations matter. Throws one error with all that is wrong. */
export async function loadRulesAlone(
  { rules, expectations }: StagePaths,
  options: Omit<ParseOptions, 'placeholders'> = {},
): Promise<ParsedRules> {
  const placeholders = expectations === undefined ? undefined : readExpectations(expectations).placeholders;
  const parsed = await loadRules(rules, { ...options, placeholders });
  refuse(errorsOf(parsed, true));
  return parsed;
}

/** Where the expectations can't be read, nothing is known of placeholders. */
function errorsOf({ problems }: ParsedRules, areListsKnown: boolean): readonly Problem[] {
  return problems.filter(
    ({ severity, message }) => severity === 'error' && (areListsKnown || !message.startsWith(NO_LIST)),
  );
}

function refuse(errors: readonly Problem[]): void {
  if (errors.length === 0) return;
  throw new WhosawError(
    'RULES_INVALID',
    `The rules have ${countOf(errors)}; nothing of them is used until it is mended.`,
    { problems: errors },
  );
}

function readAll(file: string): Result<ReadExpectations, WhosawError> {
  try {
    return ok(readExpectations(file));
  } catch (error) {
    if (error instanceof WhosawError) return fail(error);
    throw error;
  }
}

/** A broken file is reported together with what is wrong with the rules. */
function withRuleErrors(error: WhosawError, ruleErrors: readonly Problem[]): WhosawError {
  if (ruleErrors.length === 0) return error;
  return new WhosawError(error.code, `${error.message} The rules have ${countOf(ruleErrors)} as well.`, {
    problems: [...ruleErrors, ...error.problems],
  });
}

/** Nothing is declared: no fact is ever known. */
export const NO_EXPECTATIONS: Enrich = { version: 'none', declared: new Set(), enrich: (observation) => observation };

function countOf(problems: readonly Problem[]): string {
  return problems.length === 1 ? 'one problem' : `${problems.length} problems`;
}
