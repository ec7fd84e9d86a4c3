import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { AuditEvent, Observation } from '../core/event.ts';
import { WhosawError } from '../core/errors.ts';
import { SOURCE_TYPES, type SourceType } from '../core/record.ts';
import { compileExpectations } from '../enrich/compile-expectations.ts';
import { readExpectations } from '../enrich/read-expectations.effect.ts';
import { DifferenceObserver } from '../learn/difference.ts';
import { draftText } from '../learn/learn.ts';
import { Observer } from '../learn/observed.ts';
import { printDifference } from '../learn/print-difference.ts';
import { escapeText } from '../lib/escape.ts';
import { NO_EXPECTATIONS } from '../pipeline/load-stages.ts';
import { scan } from '../pipeline/scan.ts';
import { allEvents } from '../respond/all-events.ts';
import { timeWindow } from '../respond/window.ts';
import { parseRules } from '../rules/parse-rules.ts';
import { compileRules } from '../rules/rule-set.ts';
import { FORMATS } from '../sources/formats.ts';
import { configOption, readConfig } from './config-option.ts';
import { openReader } from './open-reader.ts';
import { endOnSignals } from './signals.ts';

interface LearnArguments {
  readonly out?: string;
  readonly against?: string;
  readonly since: string;
  readonly source?: SourceType;
  readonly cluster?: string;
  readonly config?: string;
}

export function addLearn(program: Command): void {
  program
    .command('learn')
    .description('Draft expectations.yaml from history, with the evidence beside each line, for people to review.')
    .argument('[path...]', 'audit files or folders (.gz too); without them the store')
    .option('--out <file>', 'write the draft there instead of to standard output; an existing file is left alone')
    .option('--against <expectations>', 'no draft: say what there was that this file does not declare')
    .option('--since <time>', 'of the store: from when on (30d, 2025-03-15)', '30d')
    .addOption(
      new Option('--source <type>', 'what the files are; told from their content without it').choices(SOURCE_TYPES),
    )
    .option('--cluster <name>', 'Vault: the cluster that the log is of', 'vault')
    .addOption(configOption())
    .action(async (paths: readonly string[], args: LearnArguments) => {
      const text = args.against === undefined ? await draft(paths, args) : await compare(paths, args, args.against);
      if (args.out === undefined) process.stdout.write(text);
      else await writeNew(args.out, text);
    });
}

async function draft(paths: readonly string[], args: LearnArguments): Promise<string> {
  const observer = new Observer();
  await observe(paths, args, (observation) => observer.add(observation));
  return draftText(observer);
}

async function compare(paths: readonly string[], args: LearnArguments, against: string): Promise<string> {
  const enricher = compileExpectations(readExpectations(against));
  const observer = new DifferenceObserver();
  await observe(paths, args, (observation) => observer.add(enricher.enrich(withoutFacts(observation))));
  return printDifference(observer.difference);
}

/** What other expectations said of a stored event does not count. */
function withoutFacts(observation: Observation): Observation {
  const { environment: _, expected: __, actor, ...whosaw } = observation.event.whosaw;
  const plain = actor === undefined ? {} : { actor: { id: actor.id, kind: actor.kind } };
  const event: AuditEvent = { ...observation.event, whosaw: { ...whosaw, ...plain } };
  return { ...observation, event };
}

function observe(
  paths: readonly string[],
  args: LearnArguments,
  take: (observation: Observation) => void,
): Promise<void> {
  return paths.length > 0 ? observeFiles(paths, args, take) : observeStore(args, take);
}

async function observeFiles(
  paths: readonly string[],
  { source, cluster }: LearnArguments,
  take: (observation: Observation) => void,
): Promise<void> {
  const signal = endOnSignals();
  const result = await scan({
    paths,
    stages: { formats: FORMATS, enricher: NO_EXPECTATIONS, rules: compileRules(parseRules([])) },
    source,
    cluster,
    signal,
    onEvent: take,
    onRejection: () => undefined,
    onSkipped: (path, reason) => console.error(`skipped ${escapeText(path)}: ${escapeText(reason)}`),
    onUnreadable: (error) => {
      throw error;
    },
  });
  if (signal.aborted) throw new WhosawError('USAGE', 'Stopped before the end: a draft of half a history misleads.');
  if (result.events === 0) throw new WhosawError('USAGE', 'There is no audit event in these files; check the paths.');
  if (result.rejected > 0) console.error(`${result.rejected} records could not be read and are not in the draft`);
}

async function observeStore(
  { since, config }: LearnArguments,
  take: (observation: Observation) => void,
): Promise<void> {
  const window = timeWindow({ since }, Date.now());
  const reader = await openReader(await readConfig(config));
  let events = 0;
  try {
    for await (const page of allEvents(reader, window)) {
      events += page.length;
      page.forEach(take);
    }
  } finally {
    await reader.close();
  }
  if (events === 0) throw new WhosawError('USAGE', `The store has no event since ${since}; choose another --since.`);
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new WhosawError('USAGE', `${file} cannot be written, or is there already; choose another name.`, { cause });
  }
}
