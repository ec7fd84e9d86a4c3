import { Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { escapeText } from '../lib/escape.ts';
import { parseDuration, printDuration } from '../lib/duration.ts';
import { backfill, estimate } from '../pipeline/backfill.ts';
import type { Estimate } from '../sources/streams/past.ts';
import { configOption, readConfig } from './config-option.ts';
import { createLog, logOption, type LogLevel } from './log.ts';
import { endOnSignals } from './signals.ts';

interface BackfillArguments {
  readonly config?: string;
  readonly since: string;
  readonly estimate?: true;
  readonly log: LogLevel;
}

const SAID_EVERY_MS = 5_000;
const DAY_SECONDS = 86_400;

export function addBackfill(program: Command): void {
  program
    .command('backfill')
    .description(
      'Read the past of a cloud source into the store, while `whosaw up` is stopped. Goes on where it was stopped.',
    )
    .argument('<source>', "the source's name in the config")
    .addOption(new Option('--since <span>', 'how far back, such as 90d').makeOptionMandatory())
    .option('--estimate', 'only say how much there is')
    .addOption(configOption())
    .addOption(logOption())
    .action(run);
}

async function run(source: string, args: BackfillArguments): Promise<void> {
  const config = await readConfig(args.config);
  const spanMs = parseDuration(args.since);
  if (spanMs === undefined) throw new WhosawError('USAGE', '--since must be a duration such as 30m, 2h or 90d.');
  const toMs = Date.now();
  const past = { fromMs: toMs - spanMs, toMs };
  const signal = endOnSignals();
  const estimates = await estimate(config, source, past, signal);
  for (const line of print(estimates)) console.log(escapeText(line));
  if (args.estimate === true) return;
  let saidAt = performance.now();
  let last = 0;
  const startedAt = performance.now();
  await backfill({
    config,
    source,
    past,
    log: createLog(args.log),
    signal,
    clock: Date.now,
    onProgress: (records) => {
      last = records;
      if (performance.now() - saidAt < SAID_EVERY_MS) return;
      saidAt = performance.now();
      console.error(`${records} records, ${Math.round(records / ((saidAt - startedAt) / 1_000))} a second`);
    },
  });
  console.log(
    signal.aborted ? `Stopped after ${last} records; the same command goes on here.` : `Read ${last} records.`,
  );
}

function print(estimates: readonly Estimate[]): readonly string[] {
  const lines = estimates.map(({ stream, events, bytes, seconds }) => {
    const much =
      events === undefined ? `about ${((bytes ?? 0) / 1e6).toFixed(1)} MB of files` : `about ${events} events`;
    return `${stream}: ${much}${seconds === undefined ? '' : `, ${printDuration(seconds * 1_000)} at least`}`;
  });
  const slowest = Math.max(0, ...estimates.map(({ seconds = 0 }) => seconds));
  if (slowest <= DAY_SECONDS) return lines;
  return [
    ...lines,
    'LookupEvents gives at most 100 events a second: read the files of a trail instead (a source with `bucket`), if there is one.',
  ];
}
