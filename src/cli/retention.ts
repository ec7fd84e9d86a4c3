import type { Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { table } from '../lib/table.ts';
import type { Config } from '../pipeline/config.ts';
import { dayText, keepDays, planDays, retentionOf, type Retention } from '../pipeline/retention.ts';
import { askLocal } from '../server/ask-local.ts';
import { openDuckdbStore } from '../stores/duckdb/open.ts';
import { configOption, readConfig } from './config-option.ts';
import { openReader } from './open-reader.ts';
import { endOnSignals } from './signals.ts';

interface RetentionArguments {
  readonly config?: string;
  readonly dryRun?: boolean;
}

export function addRetention(program: Command): void {
  program
    .command('retention')
    .description(
      'Seal and delete old days now, as `up` does after each midnight UTC (see store.seal_after, retention).',
    )
    .option('--dry-run', 'only say which days')
    .addOption(configOption())
    .action(async (args: RetentionArguments) => {
      const config = await readConfig(args.config);
      await (args.dryRun === true ? printPlan(config) : run(config));
    });
}

async function printPlan(config: Config): Promise<void> {
  const settings = retentionOf(config);
  const reader = await openReader(config);
  try {
    const plan = planDays(await reader.days(), settings, Date.now());
    print([
      ...plan.delete.map(({ day, open, sealed }) => [day, open + sealed, `would be deleted${by(settings)}`] as const),
      ...plan.seal.map(({ day, open }) => [day, open, 'would be sealed'] as const),
    ]);
  } finally {
    await reader.close();
  }
}

async function run(config: Config): Promise<void> {
  const running = await askLocal(config.socket.path);
  running?.close();
  if (running !== undefined) {
    throw new WhosawError(
      'STORE_BUSY',
      'A running whosaw seals and deletes by itself, at its start and after each midnight UTC: ask it with --dry-run, or stop it first.',
    );
  }
  const settings = retentionOf(config);
  const store = await openDuckdbStore({ path: config.store.path });
  try {
    const rows: Row[] = [];
    for await (const { what, day, events } of keepDays(store, settings, Date.now(), endOnSignals())) {
      rows.push([day, events, what === 'sealed' ? 'sealed' : `deleted${by(settings)}`]);
    }
    print(rows);
  } finally {
    await store.close();
  }
}

type Row = readonly [day: number, events: number, what: string];

function by({ retention }: Retention): string {
  return retention === undefined ? '' : ` (${retention.setting})`;
}

function print(rows: readonly Row[]): void {
  if (rows.length === 0) return console.log('No day is old enough.');
  const cells = rows.map(([day, events, what]) => [dayText(day), String(events), what]);
  console.log(table([['DAY', 'EVENTS', 'WHAT'], ...cells], new Set([1])));
}
