import type { Command } from 'commander';
import { formatTimeUs } from '../lib/time.ts';
import { coverage, type CoverageAnswer } from '../respond/coverage.ts';
import { printCoverage } from '../respond/print-coverage.ts';
import { timeWindow, type WindowArguments } from '../respond/window.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';
import { windowOptions } from './who.ts';

interface CoverageArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
}

export function addCoverage(program: Command): void {
  const command = program
    .command('coverage')
    .description('What could have happened that nobody saw: each source and device, its delay, its gaps.');
  for (const option of windowOptions()) command.addOption(option);
  command
    .addOption(configOption())
    .addOption(formatOption('for programs, in UTC; csv and ndjson list the gaps'))
    .action(runCoverage);
}

async function runCoverage(args: CoverageArguments): Promise<void> {
  const nowMs = Date.now();
  const config = await readConfig(args.config);
  const reader = await openReader(config);
  try {
    const answer = await coverage(reader, Object.keys(config.sources), timeWindow(args, nowMs), nowMs);
    process.stdout.write(print(answer, args.format));
  } finally {
    await reader.close();
  }
}

const COLUMNS = ['kind', 'source', 'cluster', 'device', 'from', 'to', 'count', 'bytes', 'healed_by'];

function print(answer: CoverageAnswer, format: RowFormat | undefined): string {
  if (format === undefined) return `${printCoverage(answer)}\n`;
  switch (format) {
    case 'json':
      return toJson({
        from: formatTimeUs(answer.window.fromUs),
        to: formatTimeUs(answer.window.toUs),
        sources: answer.sources,
        gaps: rowsOf(answer),
      });
    case 'ndjson':
      return toNdjson(rowsOf(answer));
    case 'csv':
      return toCsv(COLUMNS, rowsOf(answer));
  }
}

function rowsOf({ gaps }: CoverageAnswer): readonly Readonly<Record<string, string | number>>[] {
  return gaps.map(
    ({ kind, source, cluster = '', device = '', from, to = '', count = '', bytes = '', healedBy = '' }) => ({
      kind,
      source,
      cluster,
      device,
      from,
      to,
      count,
      bytes,
      healed_by: healedBy,
    }),
  );
}
