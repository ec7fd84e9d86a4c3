import type { Command } from 'commander';
import { NormalObserver, type NormalSecret } from '../learn/normal.ts';
import { printNormal } from '../learn/print-normal.ts';
import { quoteValue } from '../query/quote-value.ts';
import { allEvents } from '../respond/all-events.ts';
import { timeWindow, type WindowArguments } from '../respond/window.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';
import { windowOptions } from './who.ts';

interface NormalArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
  readonly environment?: string;
}

const DEFAULT_SINCE = '30d';
const READS = 'whosaw.access.kind: read and event.outcome: success';

export function addNormal(program: Command): void {
  const command = program
    .command('normal')
    .description(
      'What normal looks like: of each secret its readers, hours, networks and volumes; default: of 30 days.',
    )
    .option('--environment <name>', 'of one environment only');
  for (const option of windowOptions()) command.addOption(option);
  command.addOption(configOption()).addOption(formatOption('for programs; without it a table')).action(runNormal);
}

async function runNormal(args: NormalArguments): Promise<void> {
  const hasWindow = args.since !== undefined || args.around !== undefined;
  const window = timeWindow(hasWindow ? args : { ...args, since: DEFAULT_SINCE }, Date.now());
  const { environment } = args;
  const query = environment === undefined ? READS : `${READS} and whosaw.environment: ${quoteValue(environment)}`;
  const reader = await openReader(await readConfig(args.config));
  const observer = new NormalObserver(window);
  try {
    for await (const page of allEvents(reader, window, query)) for (const one of page) observer.add(one);
  } finally {
    await reader.close();
  }
  process.stdout.write(print(observer.normal, args));
}

const COLUMNS = ['secret', 'environment', 'reads', 'least', 'median', 'most', 'hours', 'readers', 'networks'];

function print(secrets: readonly NormalSecret[], { format }: NormalArguments): string {
  if (format === undefined) return printNormal(secrets);
  switch (format) {
    case 'json':
      return toJson(secrets.map(documentOf));
    case 'ndjson':
      return toNdjson(secrets.map(documentOf));
    case 'csv':
      return toCsv(
        COLUMNS,
        secrets.map(({ readers, hours, daily, environment = '', ...rest }) => ({
          ...rest,
          ...daily,
          environment,
          hours: hours.map(String),
          readers: readers.map(([reader]) => reader),
        })),
      );
  }
}

function documentOf({ readers, ...rest }: NormalSecret): unknown {
  return { ...rest, readers: Object.fromEntries(readers) };
}
