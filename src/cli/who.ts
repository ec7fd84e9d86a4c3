import { Option, type Command } from 'commander';
import { printWho } from '../respond/print-who.ts';
import { whoDocument, whoRows } from '../respond/rows.ts';
import { timeWindow, type WindowArguments } from '../respond/window.ts';
import { who, type WhoAnswer } from '../respond/who.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';

interface WhoArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
}

export function addWho(program: Command): void {
  const command = program
    .command('who')
    .description('Who read a secret: retrieved and denied apart, unexpected first.')
    .argument('<secret>', 'its id, or the end of it: db-password, production/db-password');
  for (const option of windowOptions()) command.addOption(option);
  command
    .addOption(configOption())
    .addOption(formatOption('for programs, in UTC; without it a table in local time'))
    .action(runWho);
}

export function windowOptions(): readonly Option[] {
  return [
    new Option('--since <time>', 'begin: 2025-03-15T02:34Z, 2025-03-15 (local), 30m (ago); default 24h'),
    new Option('--until <time>', 'end; default now'),
    new Option('--around <time>', 'the middle, instead of begin and end'),
    new Option('--within <duration>', 'how far around it; default 15m'),
  ];
}

async function runWho(secret: string, args: WhoArguments): Promise<void> {
  const window = timeWindow(args, Date.now());
  const reader = await openReader(await readConfig(args.config));
  try {
    process.stdout.write(print(await who(reader, secret, window), args));
  } finally {
    await reader.close();
  }
}

const COLUMNS = [
  'secret',
  'result',
  'actor',
  'actor_kind',
  'team',
  'kind',
  'outcome',
  'reason',
  'count',
  'first',
  'last',
  'addresses',
  'address_count',
  'unexpected',
];

function print(answer: WhoAnswer, { format, config }: WhoArguments): string {
  if (format === undefined) return `${printWho(answer, { config })}\n`;
  switch (format) {
    case 'json':
      return toJson(whoDocument(answer));
    case 'ndjson':
      return toNdjson(whoRows(answer));
    case 'csv':
      return toCsv(COLUMNS, whoRows(answer));
  }
}
