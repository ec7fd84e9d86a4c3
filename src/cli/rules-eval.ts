import { once } from 'node:events';
import { Option, type Command } from 'commander';
import type { JsonObject } from '../core/json.ts';
import type { Rejection } from '../core/record.ts';
import { JsonEvaluation, TIME_FIELDS, type Firing } from '../detect/evaluate-json.ts';
import { escapeText } from '../lib/escape.ts';
import { readJsonEvents } from '../pipeline/read-json-events.ts';
import { loadRulesAlone } from '../pipeline/load-stages.ts';
import { compileJsonRules } from '../rules/json-rules.ts';
import { endOnSignals } from './signals.ts';

interface EvalArguments {
  readonly events: string;
  readonly expectations?: string;
}

export function addRulesEval(rules: Command): void {
  rules
    .command('eval')
    .description(
      'Evaluate any Sigma rules on plain JSON events as they stand: one line for each time that a rule fires.',
    )
    .argument('<path...>', 'rule folders or files')
    .requiredOption('--events <file>', 'JSON objects: one a line, or in an array (.gz too); - is standard input')
    .option('--expectations <file>', 'where the lists for placeholders stand')
    .addOption(new Option('--format <format>', 'of the lines').choices(['ndjson']).default('ndjson'))
    .action((paths: readonly string[], args: EvalArguments) => runEval(paths, args));
}

async function runEval(paths: readonly string[], { events, expectations }: EvalArguments): Promise<void> {
  const parsed = await loadRulesAlone({ rules: paths, expectations }, { idsAreOptional: true });
  const evaluation = new JsonEvaluation(compileJsonRules(parsed));
  let rejected = 0;
  const reject = (rejection: Rejection): void => {
    rejected += 1;
    if (rejected <= REJECTIONS_SHOWN) printRejection(rejection);
  };
  for await (const batch of readJsonEvents(events, endOnSignals(), reject)) await evaluateBatch(evaluation, batch);
  await print(evaluation.finish());
  if (rejected > REJECTIONS_SHOWN) console.error(`${rejected} pieces of the input could not be read`);
  if (evaluation.timeless > 0 && parsed.correlations.some(({ absentIsValue }) => !absentIsValue)) {
    const where = TIME_FIELDS.join(', ');
    console.error(`${evaluation.timeless} events have no time in ${where}: correlations did not count them`);
  }
}

const REJECTIONS_SHOWN = 20;

async function evaluateBatch(evaluation: JsonEvaluation, events: readonly JsonObject[]): Promise<void> {
  for (const event of events) {
    const firings = evaluation.add(event);
    if (firings.length > 0) await print(firings);
  }
}

async function print(firings: readonly Firing[]): Promise<void> {
  for (const firing of firings) {
    if (!process.stdout.write(`${JSON.stringify(firing)}\n`)) await once(process.stdout, 'drain');
  }
}

function printRejection({ origin, length, message }: Rejection): void {
  console.error(
    `rejected ${escapeText(origin.file ?? origin.source)} at byte ${origin.offset ?? 0} (${length} bytes): ${message}`,
  );
}
