import { Argument, Option, type Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { TALLIES, type TallyOf, type TallyRow } from '../core/access-reader.ts';
import { formatTimeUs } from '../lib/time.ts';
import { readQuery } from '../query/read-query.ts';
import { deletedBefore, printDeleted } from '../respond/deleted.ts';
import { printTop } from '../respond/print-top.ts';
import { timeWindow, type TimeWindow, type WindowArguments } from '../respond/window.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';
import { windowOptions } from './who.ts';

interface TopArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
  readonly query: string;
  readonly limit: number;
}

/** Parts of the window that are shown side by side. */
const PARTS = 24;
const LIMIT = 10;
const MOST = 1_000;

export function addTop(program: Command): void {
  const command = program
    .command('top')
    .description('What there was most of, by environment and over the window.')
    .addArgument(new Argument('[of]', 'what is counted').choices(TALLIES).default('secrets'));
  for (const option of windowOptions()) command.addOption(option);
  command
    .option('--query <query>', 'only events that this finds (KQL)', '')
    .addOption(new Option('--limit <rows>', 'at most so many').default(LIMIT).argParser(parseLimit))
    .addOption(configOption())
    .addOption(formatOption('for programs, in UTC; without it a table in local time'))
    .action(runTop);
}

async function runTop(of: TallyOf, args: TopArguments): Promise<void> {
  const nowMs = Date.now();
  const { query, limit } = args;
  readQuery(query, nowMs);
  const window = timeWindow(args, nowMs);
  const reader = await openReader(await readConfig(args.config));
  try {
    const rows = await reader.tally({ of, query, nowMs, ...window, limit, parts: PARTS });
    process.stdout.write(print(of, rows, window, args));
    const deleted = await deletedBefore(reader, window);
    if (deleted !== undefined) console.error(printDeleted(deleted));
  } finally {
    await reader.close();
  }
}

function print(of: TallyOf, rows: readonly TallyRow[], window: TimeWindow, { format }: TopArguments): string {
  if (format === undefined) return `${printTop(of, rows, window)}\n`;
  switch (format) {
    case 'json':
      return toJson({
        of,
        from: formatTimeUs(window.fromUs),
        to: formatTimeUs(window.toUs),
        rows: rows.map(documentOf),
      });
    case 'ndjson':
      return toNdjson(rows.map(documentOf));
    case 'csv':
      return toCsv(
        ['value', 'count', 'environments'],
        rows.map(({ value, count, environments }) => ({
          value,
          count,
          environments: environments.map(([name, some]) => `${name === '' ? 'none' : name}:${some}`),
        })),
      );
  }
}

function documentOf({ environments, ...row }: TallyRow): unknown {
  return { ...row, environments: Object.fromEntries(environments) };
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new WhosawError('USAGE', `--limit ${text} is no number of rows from 1 to ${MOST}.`);
  }
  return limit;
}
