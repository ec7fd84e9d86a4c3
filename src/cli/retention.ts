import type { Command } from 'commander';
import { WhosawError } from '../core/errors.ts';
import { table } from '../lib/table.ts';
import type { Config } from '../pipeline/config.ts';
import { elasticOptions } from '../pipeline/open-store.ts';
import { DAY_MS, dayText, keepDays, planDays, retentionOf, type Retention } from '../pipeline/retention.ts';
import { askLocal } from '../server/ask-local.ts';
import { openDuckdbStore } from '../stores/duckdb/open.ts';
import type { ElasticsearchConfig } from '../stores/elasticsearch/config.ts';
import { administrator, ADMINISTRATOR_HELP } from './elastic-administrator.ts';
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
    .addHelpText('after', `\nOn Elasticsearch it deletes old indices of events, which needs ${ADMINISTRATOR_HELP}`)
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
  if (config.store.type === 'elasticsearch') return print(await deleteOldIndices(config.store, settings));
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

async function deleteOldIndices(config: ElasticsearchConfig, settings: Retention): Promise<readonly Row[]> {
  const { retention } = settings;
  if (retention === undefined) return [];
  const { connectElastic } = await import('../stores/elasticsearch/client.ts');
  const { indicesOf } = await import('../stores/elasticsearch/indices.ts');
  const { deleteOld } = await import('../stores/elasticsearch/lifecycle.ts');
  const elastic = connectElastic(await elasticOptions(config, administrator()));
  try {
    const nowMs = Date.now();
    const day = Math.floor((nowMs - retention.ms) / DAY_MS);
    const old = { day, setting: retention.setting, nowMs };
    const deleted = await deleteOld(elastic, indicesOf(config.prefix, config.period), old);
    return deleted.map((one): Row => [one.day, one.events, `deleted${by(settings)}`]);
  } finally {
    await elastic.close();
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
