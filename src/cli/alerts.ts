import type { Command } from 'commander';
import { openSink } from '../alerts/open-sink.ts';
import { printAlert } from '../alerts/print-alert.ts';
import { testAlert } from '../alerts/test-alert.ts';
import { WhosawError } from '../core/errors.ts';
import type { StoredAlert } from '../core/access-reader.ts';
import { escapeText } from '../lib/escape.ts';
import { timeWindow, type WindowArguments } from '../respond/window.ts';
import { printAlerts } from './alert-rows.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';
import { windowOptions } from './who.ts';

interface AlertsArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
  readonly all?: true;
}

const LIMIT = 10_000;
/** Alerts start as short as this many days ago unless a window is given. */
const DEFAULT_SINCE = '7d';

export function addAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('List alerts, newest last, and who was told of them; or test a sink.');
  const list = alerts
    .command('list', { isDefault: true, hidden: true })
    .description('List alerts; with the first characters of an id, that alert.')
    .argument('[id]', 'an id or its first characters');
  for (const option of windowOptions()) list.addOption(option);
  list
    .option('--all', 'also those that were superseded by late events')
    .addOption(configOption())
    .addOption(formatOption('for programs, in UTC; without it a text in local time'))
    .action(listAlerts);
  alerts
    .command('test')
    .description('Send a made-up alert to a sink, past the outbox, and say what became of it.')
    .argument('<sink>', 'its name in the config')
    .addOption(configOption())
    .action(testSink);
}

async function listAlerts(id: string | undefined, args: AlertsArguments): Promise<void> {
  const hasWindow = args.since !== undefined || args.until !== undefined || args.around !== undefined;
  const window = timeWindow(hasWindow ? args : { ...args, since: DEFAULT_SINCE }, Date.now());
  const reader = await openReader(await readConfig(args.config));
  try {
    const question = id === undefined ? { sinceUs: window.fromUs, untilUs: window.toUs } : { id };
    const found = (await reader.alerts({ ...question, limit: LIMIT })).toReversed();
    const kept = found.filter(
      ({ alert }) => args.all === true || id !== undefined || alert.superseded_by === undefined,
    );
    if (id !== undefined && kept.length === 0)
      throw new WhosawError('NOT_FOUND', `There is no alert whose id begins with "${id}".`);
    process.stdout.write(
      args.format === undefined
        ? printText(kept)
        : printAlerts(
            kept.map(({ alert }) => alert),
            args.format,
          ),
    );
  } finally {
    await reader.close();
  }
}

function printText(stored: readonly StoredAlert[]): string {
  if (stored.length === 0) return 'No alerts in this window.\n';
  const options = { colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined, nowMs: Date.now() };
  return stored.map((one) => `${printAlert(one.alert, options)}\n${toldLines(one)}\n`).join('');
}

function toldLines({ alert, notifications }: StoredAlert): string {
  const told = notifications.map(({ sink, state, attempts, reason }) => {
    const detail = state === 'delivered' ? '' : ` (${attempts} tries${reason === undefined ? '' : `: ${reason}`})`;
    return `${sink} ${state}${detail}`;
  });
  const lines = [`  count  ${alert.count}, until ${alert.last}`];
  if (told.length > 0) lines.push(`  told   ${escapeText(told.join(', '))}`);
  if (alert.superseded_by !== undefined) lines.push(`  superseded by ${alert.superseded_by.slice(0, 8)}`);
  if (alert.continues !== undefined) lines.push(`  goes on from ${alert.continues.slice(0, 8)}`);
  return lines.join('\n');
}

async function testSink(name: string, args: { readonly config?: string }): Promise<void> {
  const { sinks } = await readConfig(args.config);
  const config = sinks[name];
  if (config === undefined) {
    throw new WhosawError('NOT_FOUND', `The config has no sink "${name}"; it has: ${Object.keys(sinks).join(', ')}.`);
  }
  const sink = await openSink(name, config, {
    write: (text) => process.stdout.write(text),
    colours: process.stdout.isTTY,
    clock: Date.now,
  });
  await sink.deliver([testAlert(new Date())], new AbortController().signal);
  console.error(`${name} accepted the test alert.`);
}
