import { styleText } from 'node:util';
import { displayWidth } from '../lib/display-width.ts';
import { ALERT_COUNT_LIMIT, type Alert } from '../core/alert.ts';
import { escapeText } from '../lib/escape.ts';
import { localTimes } from '../lib/local-time.ts';
import { parseTimeUs } from '../lib/time.ts';
import { describeAlert } from './describe-alert.ts';

export interface PrintOptions {
  /** An IANA name; the machine's own without it. */
  readonly zone?: string | undefined;
  readonly colours: boolean;
  /** Milliseconds since 1970: other days than today's are named. */
  readonly nowMs: number;
}

const WIDTH = 84;

/** An alert as a few lines for a terminal. Audit text is escaped. */
export function printAlert(alert: Alert, options: PrintOptions): string {
  const text = describeAlert(alert);
  const paint = (style: Parameters<typeof styleText>[0], words: string): string =>
    options.colours ? styleText(style, words, { validateStream: false }) : words;
  const head = `${clock(alert.opened, options)}  ${text.level}  ${escapeText(text.title)}`;
  const gap = ' '.repeat(Math.max(2, WIDTH - displayWidth(head) - text.shortId.length));
  const lines = [
    `${clock(alert.opened, options)}  ${paint(STYLES[alert.rule.level], text.level)}  ${paint('bold', escapeText(text.title))}${gap}${paint('dim', text.shortId)}`,
    `  ${escapeText(text.who)}${escapeText(text.team)}`,
    `  ${escapeText([text.did, text.what].filter((part) => part !== '').join(' '))}${text.from === '' ? '' : ` from ${escapeText(text.from)}`}`,
    `  ${paint('dim', 'why')}    ${escapeText(text.why)}`,
    ...(text.quiet === '' ? [] : [`  ${paint('dim', 'quiet')}  ${escapeText(text.quiet)}`]),
    `  ${paint('dim', 'next')}   ${escapeText(text.next)}`,
  ];
  return lines.join('\n');
}

/** The alert is over: how large it grew. */
export function printClosed(alert: Alert, options: PrintOptions): string {
  const noun = alert.events.every(({ kind }) => kind === 'read') ? 'read' : 'event';
  const count = `${alert.count}${alert.count >= ALERT_COUNT_LIMIT ? ' or more' : ''} ${noun}${alert.count === 1 ? '' : 's'}`;
  return `${clock(alert.ends, options)}        closed ${alert.id.slice(0, 8)}: ${count} until ${clock(alert.last, options)}`;
}

const STYLES = {
  informational: 'dim',
  low: 'cyan',
  medium: 'yellow',
  high: 'red',
  critical: ['bold', 'red'],
} as const satisfies Record<Alert['rule']['level'], Parameters<typeof styleText>[0]>;

function clock(text: string, { zone, nowMs }: PrintOptions): string {
  const local = localTimes(zone);
  const { dayMonth, date, time, offset } = local((parseTimeUs(text) ?? 0) / 1_000);
  return `${date === local(nowMs).date ? '' : `${dayMonth} `}${time}${offset}`;
}
