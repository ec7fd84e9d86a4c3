import type { Problem } from '../core/errors.ts';
import type { Correlation } from '../core/rule.ts';
import { id128 } from '../lib/hash.ts';
import { parseDocument } from './parse-document.ts';
import { NO_PLACEHOLDERS, type Placeholders } from './placeholders.ts';
import type { Replacement, RuleDocument } from './registry.ts';
import { resolveRules } from './resolve.ts';
import type { Detection, Place, Report, RuleTests } from './syntax.ts';
import { START } from './yaml-read.ts';
import { readDocuments } from './yaml-tree.ts';

/** A rule file that was read from disk, or typed in. */
export interface RuleText {
  /** Path as problems should name it. */
  readonly file: string;
  readonly text: string;
  /** Number of its folder: a rule of a later folder replaces one with the same id. */
  readonly folder: number;
}

export interface ParseOptions {
  /** What stands for `%name%` under the modifier `expand`. */
  readonly placeholders?: Placeholders | undefined;
  /** Rules need no ids, because nobody keeps their alerts. */
  readonly idsAreOptional?: boolean;
}

/** What the rules of all files say together. With problems that are errors, it is what can be used without them. */
export interface ParsedRules {
  /** Hash of the files' texts. */
  readonly version: string;
  readonly correlations: readonly Correlation[];
  /** Those that a correlation counts. */
  readonly detections: readonly Detection[];
  readonly tests: readonly RuleTests[];
  readonly replacements: readonly Replacement[];
  /** All of all files, in the order of the files, then of their lines. */
  readonly problems: readonly Problem[];
}

/**
 * Reads rule files (Sigma 2.1 and our extensions; several documents in a file). Only the outermost rules raise alerts:
 * a detection that a correlation names is a base of it; one that stands alone becomes a correlation of its own.
 */
export function parseRules(
  files: readonly RuleText[],
  { placeholders: lists = NO_PLACEHOLDERS, idsAreOptional = false }: ParseOptions = {},
): ParsedRules {
  const problems: Problem[] = [];
  const documents = files.flatMap((file, index) => parseFile(file, index, lists, problems));
  const resolved = resolveRules(documents, { idsAreOptional }, (file, place, message, severity) => {
    problems.push(problemAt(file, place, message, severity));
  });
  const order = new Map(files.map(({ file }, index) => [file, index]));
  const position = (problem: Problem): number => order.get(problem.file) ?? 0;
  problems.sort((a, b) => position(a) - position(b) || a.line - b.line || a.column - b.column);
  return { version: versionOf(files, lists), ...resolved, problems };
}

/** A file with an error is not used; it is kept so that others may name its rules without being blamed for it. */
function parseFile(
  { file, text, folder }: RuleText,
  fileIndex: number,
  lists: Placeholders,
  problems: Problem[],
): readonly RuleDocument[] {
  let usable = true;
  let left = PROBLEMS_LIMIT;
  const report: Report = (place, message, severity = 'error') => {
    if (severity === 'error') usable = false;
    left -= 1;
    if (left === 0) problems.push(problemAt(file, place, 'and so on: there is more wrong with this file', severity));
    if (left > 0) problems.push(problemAt(file, place, message, severity));
  };
  const nodes = readDocuments(text, report);
  if (nodes.length === 0 && usable) report(START, 'the file holds no rule', 'warning');
  const documents = nodes.map((node) => parseDocument(node, { file, fileIndex, folder }, lists, report));
  return documents.map((document) => ({ ...document, usable }));
}

/** Problems of one file that are worth reading. */
const PROBLEMS_LIMIT = 100;

function problemAt(
  file: string,
  { line, column }: Place,
  message: string,
  severity: Problem['severity'] = 'error',
): Problem {
  return { file, line, column, message, severity };
}

/** Neither the order of the files nor their names matter. */
function versionOf(files: readonly RuleText[], lists: Placeholders): string {
  const texts = files.map(({ text, folder }) => id128(String(folder), text)).toSorted();
  return id128('rules', ...texts, ...Array.from(lists, ([name, values]) => id128(name, ...values)).toSorted());
}
