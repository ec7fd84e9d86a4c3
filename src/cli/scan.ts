import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { encodeEvent } from '../core/encode-event.ts';
import { WhosawError } from '../core/errors.ts';
import type { Observation } from '../core/event.ts';
import { SOURCE_TYPES, type Rejection, type SourceType } from '../core/record.ts';
import { LEVELS, type Level } from '../core/rule.ts';
import { escapeText } from '../lib/escape.ts';
import { BUILTIN, loadStages, type LoadedStages } from '../pipeline/load-stages.ts';
import { scan, type ScanResult } from '../pipeline/scan.ts';
import { waysToSift } from '../pipeline/sift-plan.ts';
import { printAlerts } from './alert-rows.ts';
import { formatOption, type RowFormat } from './formats.ts';
import { endOnSignals } from './signals.ts';
import { printWarnings } from './warnings.ts';

interface ScanArguments {
  readonly source?: SourceType;
  readonly cluster?: string;
  readonly rules?: readonly string[];
  readonly expectations?: string;
  readonly events?: string;
  readonly format: RowFormat;
  readonly failOn?: Level;
  readonly quiet?: true;
}

/** Rejected records that are shown one by one; all are counted. */
const REJECTIONS_SHOWN = 20;

export function addScan(program: Command, exit: (code: number) => void): void {
  program
    .command('scan')
    .description('Read audit files once and print the alerts. Nothing is stored.')
    .argument('<path...>', 'files or folders (.gz too); - is standard input')
    .addOption(
      new Option('--source <type>', 'what the files are; told from their content without it').choices(SOURCE_TYPES),
    )
    .option('--cluster <name>', 'Vault: the cluster that the log is of', 'vault')
    .option('--rules <folder...>', 'rule folders or files instead of the shipped pack; "builtin" is the pack')
    .option('--expectations <file>', 'what is normal here (expectations.yaml)')
    .option('--events <file>', 'also write every normalized event as NDJSON; - is standard output')
    .addOption(formatOption('of the alerts on standard output').default('ndjson'))
    .addOption(
      new Option('--fail-on <level>', 'exit with 1 when an alert of this level or above fired').choices(LEVELS),
    )
    .option('--quiet', 'no progress and no summary')
    .action(async (paths: readonly string[], args: ScanArguments) => exit(await runScan(paths, args)));
}

async function runScan(paths: readonly string[], args: ScanArguments): Promise<number> {
  const loaded = await loadStages({ rules: args.rules ?? [BUILTIN], expectations: args.expectations });
  printWarnings(loaded.warnings);
  const events = args.events === undefined ? undefined : await openEvents(args.events);
  const signal = endOnSignals();
  const progress = new Progress(args.quiet !== true && process.stderr.isTTY);
  let unreadable = 0;
  const result = await scan({
    paths,
    stages: loaded.stages,
    source: args.source,
    cluster: args.cluster,
    signal,
    ways: waysToSift(loaded.stages.rules),
    onEvent: events === undefined ? undefined : (observation) => writeEvent(events, observation),
    onRejection: (rejection) => progress.reject(rejection),
    onSkipped: (path, reason) => progress.say(`skipped ${escapeText(path)}: ${escapeText(reason)}`),
    onUnreadable: (error) => {
      unreadable += 1;
      progress.say(`whosaw: ${escapeText(error.message)}`);
    },
    onProgress: ({ files, events: count }) => progress.show(`${files} files, ${count} events`),
  });
  progress.clear();
  if (events !== undefined) await closeEvents(events);
  process.stdout.write(printAlerts(result.alerts, args.format));
  if (args.quiet !== true) printSummary(result, loaded);
  if (signal.aborted) throw new WhosawError('USAGE', 'Stopped before the end: the alerts are those of what was read.');
  if (unreadable > 0) return 2;
  return fails(result, args.failOn) ? 1 : 0;
}

async function openEvents(file: string): Promise<WriteStream | NodeJS.WriteStream> {
  if (file === '-') return process.stdout;
  const stream = createWriteStream(file, { mode: 0o600 });
  try {
    await once(stream, 'open');
  } catch (cause) {
    throw new WhosawError('USAGE', `--events ${file} cannot be written; choose another place.`, { cause });
  }
  return stream;
}

async function writeEvent(stream: WriteStream | NodeJS.WriteStream, observation: Observation): Promise<void> {
  if (!stream.write(`${encodeEvent(observation)}\n`)) await once(stream, 'drain');
}

async function closeEvents(stream: WriteStream | NodeJS.WriteStream): Promise<void> {
  if (stream === process.stdout) return;
  stream.end();
  await finished(stream);
}

function fails({ alerts }: ScanResult, failOn: Level | undefined): boolean {
  if (failOn === undefined) return false;
  return alerts.some(
    ({ rule, superseded_by: by }) => by === undefined && LEVELS.indexOf(rule.level) >= LEVELS.indexOf(failOn),
  );
}

function printSummary(result: ScanResult, { inert }: LoadedStages): void {
  const lines = [
    `${count(result.files, 'file')}, ${count(result.events, 'event')}, ${count(result.duplicates, 'duplicate')}, ` +
      `${result.rejected} rejected, ${count(result.alerts.length, 'alert')}`,
  ];
  if (inert.length > 0) {
    lines.push(`${count(inert.length, 'rule')} inert:`);
    for (const { title, reason } of inert) lines.push(`  ${escapeText(title)}: ${reason}`);
  }
  console.error(lines.join('\n'));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** One line that is written over at a terminal; everything else stays. */
class Progress {
  readonly #live: boolean;
  #shownMs = 0;
  #rejected = 0;

  constructor(live: boolean) {
    this.#live = live;
  }

  show(text: string): void {
    if (!this.#live || Date.now() - this.#shownMs < 100) return;
    this.#shownMs = Date.now();
    process.stderr.write(`\r\u001b[K${text}`);
  }

  say(line: string): void {
    this.clear();
    console.error(line);
  }

  reject({ origin, reason, message, length }: Rejection): void {
    this.#rejected += 1;
    if (this.#rejected > REJECTIONS_SHOWN) return;
    const place = `${origin.file ?? origin.source}${origin.offset === undefined ? '' : ` at byte ${origin.offset}`}`;
    this.say(`rejected ${escapeText(place)} (${length} bytes): ${reason}. ${escapeText(message)}`);
    if (this.#rejected === REJECTIONS_SHOWN) this.say('further rejected records are only counted');
  }

  clear(): void {
    if (this.#live) process.stderr.write('\r\u001b[K');
  }
}
