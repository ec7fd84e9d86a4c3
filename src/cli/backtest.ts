import { Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { SOURCE_TYPES, type SourceType } from '../core/record.ts';
import { escapeText } from '../lib/escape.ts';
import { backtestEvents, backtestFiles, type Backtest } from '../pipeline/backtest.ts';
import { BUILTIN, loadStages, type LoadedStages, type StagePaths } from '../pipeline/load-stages.ts';
import { allEvents } from '../respond/all-events.ts';
import { timeWindow } from '../respond/window.ts';
import { backtestDocument, printBacktest, printBacktestMarkdown } from './backtest-report.ts';
import { configOption, readConfig } from './config-option.ts';
import { toJson } from './formats.ts';
import { openReader } from './open-reader.ts';
import { endOnSignals } from './signals.ts';
import { printWarnings } from './warnings.ts';

const FORMATS = ['text', 'markdown', 'json'] as const;

interface BacktestArguments {
  readonly rules: readonly string[];
  readonly against?: readonly string[];
  readonly since?: string;
  readonly source?: SourceType;
  readonly cluster?: string;
  readonly expectations?: string;
  readonly config?: string;
  readonly budget?: number;
  readonly format: (typeof FORMATS)[number];
}

export function addBacktest(program: Command, exit: (code: number) => void): void {
  program
    .command('backtest')
    .description('Try rules on the past: which alerts would there be more, fewer, or others.')
    .argument('[path...]', 'audit files or folders; without them the store')
    .requiredOption('--rules <folder...>', 'the rules to try; "builtin" is the shipped pack')
    .option('--against <folder...>', 'the rules to compare with; default: those of the config, else the shipped pack')
    .option('--since <time>', 'of the store: from when on (30d, 2025-03-15)', '30d')
    .addOption(new Option('--source <type>', 'what the files are').choices(SOURCE_TYPES))
    .option('--cluster <name>', 'Vault: the cluster that the files are of', 'vault')
    .option('--expectations <file>', 'what is normal here; default: that of the config')
    .option('--budget <alerts>', 'exit with 1 when there are more new alerts a day than this', parseBudget)
    .addOption(new Option('--format <format>', 'markdown is for a pull request').choices(FORMATS).default('text'))
    .addOption(configOption())
    .action(async (paths: readonly string[], args: BacktestArguments) => exit(await runBacktest(paths, args)));
}

async function runBacktest(paths: readonly string[], args: BacktestArguments): Promise<number> {
  const result = paths.length > 0 ? await overFiles(paths, args) : await overStore(args);
  process.stdout.write(print(result, args.format));
  if (args.budget === undefined || result.gained.length / result.days <= args.budget) return 0;
  console.error(`${perDay(result)} new alerts a day; the budget is ${args.budget}.`);
  return 1;
}

async function overFiles(paths: readonly string[], args: BacktestArguments): Promise<Backtest> {
  const config = args.config === undefined ? undefined : await readConfig(args.config);
  const expectations = args.expectations ?? config?.expectations;
  const { tried, before } = await bothOf(args.rules, args.against ?? config?.rules ?? [BUILTIN], {
    expectations,
    thresholds: config?.thresholds,
  });
  const signal = endOnSignals();
  const result = await backtestFiles(before.stages.rules, {
    paths,
    stages: tried.stages,
    source: args.source,
    cluster: args.cluster,
    signal,
    onRejection: () => undefined,
    onSkipped: (path, reason) => console.error(`skipped ${escapeText(path)}: ${escapeText(reason)}`),
    onUnreadable: (error) => console.error(`whosaw: ${escapeText(error.message)}`),
  });
  if (result.counts.rejected > 0) console.error(`${result.counts.rejected} records were rejected; scan says why.`);
  if (signal.aborted) throw new WhosawError('USAGE', 'Stopped before the end: nothing can be said.');
  return result;
}

async function overStore(args: BacktestArguments): Promise<Backtest> {
  const config = await readConfig(args.config);
  const { fromUs, toUs } = timeWindow({ since: args.since ?? '30d' }, Date.now());
  const expectations = args.expectations ?? config.expectations;
  const { tried, before } = await bothOf(args.rules, args.against ?? config.rules, {
    expectations,
    thresholds: config.thresholds,
  });
  const reader = await openReader(config);
  try {
    return await backtestEvents(before.stages.rules, tried.stages.rules, allEvents(reader, { fromUs, toUs }));
  } finally {
    await reader.close();
  }
}

async function bothOf(
  rules: readonly string[],
  against: readonly string[],
  paths: Omit<StagePaths, 'rules'>,
): Promise<{ readonly tried: LoadedStages; readonly before: LoadedStages }> {
  const [tried, before] = await Promise.all([
    loadStages({ ...paths, rules, passOverThresholds: true }),
    loadStages({ ...paths, rules: against, passOverThresholds: true }),
  ]);
  printWarnings(tried.warnings);
  return { tried, before };
}

function print(result: Backtest, format: BacktestArguments['format']): string {
  switch (format) {
    case 'text':
      return printBacktest(result);
    case 'markdown':
      return printBacktestMarkdown(result);
    case 'json':
      return toJson(backtestDocument(result));
  }
}

function perDay({ gained, days }: Backtest): string {
  return (gained.length / days).toFixed(2);
}

function parseBudget(text: string): number {
  const budget = Number(text);
  if (text.trim() === '' || !(budget >= 0)) {
    throw new WhosawError('USAGE', `--budget ${text} is no number of alerts a day: write 0, 1.5 or 10.`);
  }
  return budget;
}
