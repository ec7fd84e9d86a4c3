import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { SOURCE_TYPES, type SourceType } from '../core/record.ts';
import { draftText } from '../learn/learn.ts';
import { Observer } from '../learn/observed.ts';
import { escapeText } from '../lib/escape.ts';
import { NO_EXPECTATIONS } from '../pipeline/load-stages.ts';
import { scan } from '../pipeline/scan.ts';
import { parseRules } from '../rules/parse-rules.ts';
import { compileRules } from '../rules/rule-set.ts';
import { FORMATS } from '../sources/formats.ts';
import { endOnSignals } from './signals.ts';

interface LearnArguments {
  readonly out?: string;
  readonly source?: SourceType;
  readonly cluster?: string;
}

export function addLearn(program: Command): void {
  program
    .command('learn')
    .description('Draft expectations.yaml from history, with the evidence beside each line, for people to review.')
    .argument('<path...>', 'audit files or folders (.gz too)')
    .option('--out <file>', 'write the draft there instead of to standard output; an existing file is left alone')
    .addOption(
      new Option('--source <type>', 'what the files are; told from their content without it').choices(SOURCE_TYPES),
    )
    .option('--cluster <name>', 'Vault: the cluster that the log is of', 'vault')
    .action(async (paths: readonly string[], args: LearnArguments) => {
      const draft = await draftFrom(paths, args);
      if (args.out === undefined) process.stdout.write(draft);
      else await writeNew(args.out, draft);
    });
}

async function draftFrom(paths: readonly string[], { source, cluster }: LearnArguments): Promise<string> {
  const observer = new Observer();
  const signal = endOnSignals();
  const result = await scan({
    paths,
    stages: { formats: FORMATS, enricher: NO_EXPECTATIONS, rules: compileRules(parseRules([])) },
    source,
    cluster,
    signal,
    onEvent: (observation) => observer.add(observation),
    onRejection: () => undefined,
    onSkipped: (path, reason) => console.error(`skipped ${escapeText(path)}: ${escapeText(reason)}`),
    onUnreadable: (error) => {
      throw error;
    },
  });
  if (signal.aborted) throw new WhosawError('USAGE', 'Stopped before the end: a draft of half a history misleads.');
  if (result.events === 0) throw new WhosawError('USAGE', 'There is no audit event in these files; check the paths.');
  if (result.rejected > 0) console.error(`${result.rejected} records could not be read and are not in the draft`);
  return draftText(observer);
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new WhosawError('USAGE', `${file} cannot be written, or is there already; choose another name.`, { cause });
  }
}
