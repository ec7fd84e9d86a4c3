import { fileURLToPath } from 'node:url';
import { WhosawError, type Problem } from '../core/errors.ts';
import { compileExpectations } from '../enrich/compile-expectations.ts';
import { readExpectations } from '../enrich/read-expectations.effect.ts';
import { id128 } from '../lib/hash.ts';
import { inertRules, type InertRule } from '../rules/inert.ts';
import { parseRules, type ParsedRules, type RuleText } from '../rules/parse-rules.ts';
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
  /** By the key of a correlation: changes with everything that decides what it counts. */
  readonly fingerprints: Fingerprints;
  /** Files besides the rules that have to be read again when they change. */
  readonly files: readonly string[];
}

/** What the stages run on. */
export interface Loaded {
  readonly stages: Stages;
  readonly fingerprints: Fingerprints;
}

export type Fingerprints = ReadonlyMap<string, string>;

export interface StagePaths {
  /** Folders or files; `builtin` is the shipped pack. */
  readonly rules: readonly string[];
  readonly expectations?: string | undefined;
}

/** Reads and compiles rules and expectations. Throws one error with all problems of both. */
export async function loadStages({ rules, expectations }: StagePaths): Promise<LoadedStages> {
  const texts = await readRuleFiles(pathsOf(rules));
  const parsed = parseRules(texts);
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  const { enricher, files } = loadExpectations(expectations, errors);
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
    fingerprints: fingerprintsOf(compiled, texts),
    files,
  };
}

export async function loadRules(paths: readonly string[]): Promise<ParsedRules> {
  return parseRules(await readRuleFiles(pathsOf(paths)));
}

/** Where the rules are. */
export function pathsOf(paths: readonly string[]): readonly string[] {
  return paths.map((path) => (path === BUILTIN ? BUILTIN_FOLDER : path));
}

function fingerprintsOf({ correlations, detections }: CompiledRules, texts: readonly RuleText[]): Fingerprints {
  const textOf = new Map(texts.map(({ file, text }) => [file, text]));
  const fileOf = new Map(detections.map(({ key, meta }) => [key, meta.file]));
  return new Map(
    correlations.map((rule) => {
      const { meta, ...meaning } = rule;
      const files = [meta.file, ...[...rule.rules, ...rule.knownBy].map((key) => fileOf.get(key) ?? '')];
      return [meta.key, id128('rule', JSON.stringify(meaning), ...files.map((file) => textOf.get(file) ?? ''))];
    }),
  );
}

/** A broken file is reported together with what is wrong with the rules. */
function loadExpectations(
  file: string | undefined,
  ruleErrors: readonly Problem[],
): { readonly enricher: Enrich; readonly files: readonly string[] } {
  if (file === undefined) return { enricher: NO_EXPECTATIONS, files: [] };
  try {
    const read = readExpectations(file);
    return { enricher: compileExpectations(read), files: read.files };
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
