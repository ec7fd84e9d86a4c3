import { printProblem } from '../../src/core/errors.ts';
import type { Observation } from '../../src/core/event.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { compileExpression } from '../../src/rules/compile-expression.ts';
import { JSON_FIELDS } from '../../src/rules/fields.ts';
import { parseRules, type ParsedRules } from '../../src/rules/parse-rules.ts';
import { NO_PLACEHOLDERS, type Placeholders } from '../../src/rules/placeholders.ts';
import { expandTest } from '../../src/rules/test-events.ts';

/** Rule files by name; a path `2/x.yml` is of the folder with number 2. */
export function parse(
  files: Readonly<Record<string, string>> | string,
  placeholders: Placeholders = NO_PLACEHOLDERS,
): ParsedRules {
  const named = typeof files === 'string' ? { 'rule.yml': files } : files;
  return parseRules(
    Object.entries(named).map(([file, text]) => ({ file, text, folder: Number(/^(\d)\//.exec(file)?.[1] ?? 0) })),
    { placeholders },
  );
}

export function errorsOf(files: Readonly<Record<string, string>> | string): readonly string[] {
  return parse(files)
    .problems.filter(({ severity }) => severity === 'error')
    .map(printProblem);
}

export function warningsOf(files: Readonly<Record<string, string>> | string): readonly string[] {
  return parse(files)
    .problems.filter(({ severity }) => severity === 'warning')
    .map(printProblem);
}

export const ID = '5a6bd645-6318-4a44-bfcf-0b10afb94bfc';
export const ID2 = '1d68cbed-d9ad-4139-96f2-094f2f344f7c';

/** A whole detection rule around `detection:`; its lines begin at line 4. */
export function rule(detection: string): string {
  return `title: T\nid: ${ID}\ndetection:\n${indent(detection)}`;
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** Does the detection match a plain JSON document? Throws where the rule has an error. */
export function matches(detection: string, document: JsonObject, placeholders = NO_PLACEHOLDERS): boolean {
  const parsed = parse(rule(detection), placeholders);
  const [error] = parsed.problems.filter(({ severity }) => severity === 'error');
  const [found] = parsed.detections;
  if (error !== undefined || found === undefined) throw new Error(error?.message ?? 'no detection');
  return compileExpression(found.expression, JSON_FIELDS)(document);
}

/** Does one line of a search match? */
export function itemMatches(line: string, document: JsonObject, placeholders = NO_PLACEHOLDERS): boolean {
  return matches(`s:\n  ${line}\ncondition: s`, document, placeholders);
}

/** An event with these fields, one second after the one with the number before. */
export function observation(fields: Readonly<Record<string, JsonValue>>, number = 0): Observation {
  const line = { line: 1, atMs: 0, times: number + 1, everyMs: 1_000, fields: new Map(Object.entries(fields)) };
  const event = expandTest({ kind: 'fires', name: '', line: 1, lines: [line] }, []).at(-1);
  if (event === undefined) throw new Error('no event');
  return event.observation;
}
