import type { Command } from 'commander';
import { formatTimeUs } from '../lib/time.ts';
import { printTimeline } from '../respond/print-timeline.ts';
import { timeline, type Step, type TimelineAnswer } from '../respond/timeline.ts';
import { timeWindow, type WindowArguments } from '../respond/window.ts';
import { configOption, readConfig } from './config-option.ts';
import { formatOption, toCsv, toJson, toNdjson, type RowFormat } from './formats.ts';
import { openReader } from './open-reader.ts';
import { windowOptions } from './who.ts';

interface TimelineArguments extends WindowArguments {
  readonly config?: string;
  readonly format?: RowFormat;
}

export function addTimeline(program: Command): void {
  const command = program
    .command('timeline')
    .description(
      'Everything that an identity did across the stores, in sessions, with alerts and policy changes between.',
    )
    .argument('<identity>', "its id, the end of it, or a person's name: sam, approle/deploy-bot");
  for (const option of windowOptions()) command.addOption(option);
  command
    .addOption(configOption())
    .addOption(formatOption('for programs, in UTC; without it a text in local time'))
    .action(runTimeline);
}

async function runTimeline(identity: string, args: TimelineArguments): Promise<void> {
  const nowMs = Date.now();
  const window = timeWindow(args, nowMs);
  const reader = await openReader(await readConfig(args.config));
  try {
    process.stdout.write(print(await timeline(reader, identity, window, nowMs), args));
  } finally {
    await reader.close();
  }
}

function print(answer: TimelineAnswer, { format, config }: TimelineArguments): string {
  if (format === undefined) return `${printTimeline(answer, { config })}\n`;
  switch (format) {
    case 'json':
      return toJson(documentOf(answer));
    case 'ndjson':
      return toNdjson(rowsOf(answer));
    case 'csv':
      return toCsv(COLUMNS, rowsOf(answer));
  }
}

const COLUMNS = [
  'session',
  'what',
  'from',
  'to',
  'count',
  'action',
  'kind',
  'on',
  'outcome',
  'reason',
  'address',
  'unexpected',
  'first',
  'by',
  'alert',
];

type Row = Readonly<Record<string, string | number | readonly string[]>>;

function rowsOf({ sessions }: TimelineAnswer): readonly Row[] {
  return sessions.flatMap(({ steps }, index) => steps.map((step) => ({ session: index + 1, ...rowOf(step) })));
}

function rowOf(step: Step): Row {
  const from = formatTimeUs(step.fromUs);
  switch (step.what) {
    case 'acts': {
      const { what, count, action, kind = '', on = '', outcome, reason = '', address = '', unexpected, isFirst } = step;
      return {
        what,
        from,
        to: formatTimeUs(step.toUs),
        count,
        action,
        kind,
        on,
        outcome,
        reason,
        address,
        unexpected,
        first: isFirst,
      };
    }
    case 'alert':
      return { what: step.what, from, on: step.alert.rule.title, alert: step.alert.id };
    case 'policy':
      return { what: step.what, from, action: step.action, on: step.on ?? '', outcome: step.outcome, by: step.actor };
  }
}

function documentOf(answer: TimelineAnswer): unknown {
  const { window, sessions, ...rest } = answer;
  return {
    ...rest,
    from: formatTimeUs(window.fromUs),
    to: formatTimeUs(window.toUs),
    sessions: sessions.map(({ fromUs, toUs, steps, ...session }) => ({
      from: formatTimeUs(fromUs),
      to: formatTimeUs(toUs),
      ...session,
      steps: steps.map(rowOf),
    })),
  };
}
