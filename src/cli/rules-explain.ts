import { Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import type { Observation } from '../core/event.ts';
import { SOURCE_TYPES, type SourceType } from '../core/record.ts';
import type { Correlation } from '../core/rule.ts';
import { expectedPhrases } from '../enrich/expected-phrases.ts';
import { escapeText } from '../lib/escape.ts';
import { findInFiles, findInStore, type Explained } from '../pipeline/find-explained.ts';
import { loadStages, type LoadedStages } from '../pipeline/load-stages.ts';
import { explainEvent, type Explanation } from '../rules/explain-event.ts';
import { FACT_PHRASES, type FactPhrases } from '../rules/words.ts';
import { readConfig } from './config-option.ts';
import { toJson } from './formats.ts';
import { openReader } from './open-reader.ts';
import { printAlertExplained, printEventExplained } from './print-explained.ts';
import { rulePaths, rulesOptions, type RulesArguments } from './rule-paths.ts';
import { endOnSignals } from './signals.ts';

interface ExplainArguments extends RulesArguments {
  readonly in?: readonly string[];
  readonly source?: SourceType;
  readonly cluster?: string;
  readonly rules?: readonly string[];
  readonly rule?: string;
  readonly format: 'text' | 'json';
}

export function addRulesExplain(rules: Command): void {
  const command = rules
    .command('explain')
    .description(
      'Why an alert fired, or what rules make of an event: what held, line by line, and what would have kept it quiet.',
    )
    .argument('<id>', 'of an alert or an event, or its first characters')
    .option('--in <path...>', 'audit files or folders to look for it; without them the store')
    .addOption(new Option('--source <type>', 'what the files are').choices(SOURCE_TYPES))
    .option('--cluster <name>', 'Vault: the cluster that the files are of', 'vault')
    .option('--rules <folder...>', 'rule folders or files; default: those of the config, else the shipped pack')
    .option('--rule <rule>', 'of an event: only this rule, by id or title, also where it does not hold')
    .addOption(new Option('--format <format>', 'json is for programs').choices(['text', 'json']).default('text'));
  for (const option of rulesOptions()) command.addOption(option);
  command.action((id: string, args: ExplainArguments) => runExplain(id.toLowerCase(), args));
}

async function runExplain(id: string, args: ExplainArguments): Promise<void> {
  if (!/^[0-9a-f]{4,32}$/.test(id))
    throw new WhosawError('USAGE', 'An id is 32 hexadecimal digits; give at least the first four.');
  const loaded = await loadStages(await rulePaths(args.rules ?? [], args));
  const { alerts, events } = await find(id, args, loaded);
  const [alert] = alerts;
  const [event] = events;
  if (alerts.length + events.length > 1) throw ambiguous(id, alerts, events);
  if (alert !== undefined) process.stdout.write(explainAlert(alert, loaded, args));
  else if (event !== undefined) process.stdout.write(explainOne(event, loaded, args));
  else throw new WhosawError('NOT_FOUND', `There is no alert and no event whose id begins with "${id}".`);
}

async function find(id: string, args: ExplainArguments, loaded: LoadedStages): Promise<Explained> {
  if (args.in !== undefined) {
    const options = {
      paths: args.in,
      stages: loaded.stages,
      source: args.source,
      cluster: args.cluster,
      signal: endOnSignals(),
      onRejection: () => undefined,
      onSkipped: (path: string, reason: string) => console.error(`skipped ${escapeText(path)}: ${escapeText(reason)}`),
      onUnreadable: (error: WhosawError) => console.error(`whosaw: ${escapeText(error.message)}`),
    };
    return findInFiles(options, id);
  }
  const reader = await openReader(await readConfig(args.config));
  try {
    return await findInStore(reader, id);
  } finally {
    await reader.close();
  }
}

function ambiguous(id: string, alerts: Explained['alerts'], events: Explained['events']): WhosawError {
  const names = [
    ...alerts.map(({ alert }) => `${alert.id.slice(0, SHOWN_DIGITS)} (alert: ${alert.rule.title})`),
    ...events.map(({ event }) => `${event.event.id.slice(0, SHOWN_DIGITS)} (event: ${event.event.action})`),
  ];
  return new WhosawError('AMBIGUOUS', `Several ids begin with "${id}": ${names.join(', ')}.`);
}
const SHOWN_DIGITS = 12;

/** What is explained is what the rules of now say; an alert may have been made by others. */
function explainAlert(found: Explained['alerts'][number], loaded: LoadedStages, args: ExplainArguments): string {
  const { alert, events } = found;
  const { rules } = loaded.stages;
  const rule = rules.correlations.find(({ meta }) => meta.key === alert.rule.id);
  if (rule === undefined) {
    throw new WhosawError(
      'NOT_FOUND',
      `The rule "${alert.rule.title}" (${alert.rule.id}) is not among the rules; name its folder with --rules.`,
    );
  }
  const explained = events.map((event) => ({ event, explanation: explain(loaded, rule, event) }));
  if (args.format === 'json') {
    const shown = explained.map(({ event, explanation }) => ({ id: event.event.event.id, ...explanation }));
    return toJson({ alert, events: shown });
  }
  return printAlertExplained(alert, explained, { hasChanged: alert.rules_version !== rules.version });
}

function explainOne(event: Observation, loaded: LoadedStages, { rule, format }: ExplainArguments): string {
  const { correlations } = loaded.stages.rules;
  const asked = rule === undefined ? correlations : correlations.filter(({ meta }) => isNamed(meta, rule));
  if (asked.length === 0) throw new WhosawError('NOT_FOUND', `There is no rule with the id or title "${rule ?? ''}".`);
  const explanations = asked.map((correlation) => explain(loaded, correlation, event));
  if (format === 'json') return toJson({ event: event.event, rules: explanations });
  return printEventExplained(event, explanations, { isAsked: rule !== undefined });
}

function isNamed({ key, title }: Correlation['meta'], text: string): boolean {
  return key === text || title.toLowerCase() === text.toLowerCase();
}

function explain({ stages, expectations }: LoadedStages, rule: Correlation, event: Observation): Explanation {
  const declared: FactPhrases = expectations === undefined ? {} : expectedPhrases(expectations, event.event);
  return explainEvent(stages.rules, rule, event, { ...FACT_PHRASES, ...declared });
}
