import type { Alert } from '../core/alert.ts';
import type { Sink } from '../core/ports.ts';
import { escapeText } from '../lib/escape.ts';
import { localTimes } from '../lib/local-time.ts';
import type { SecretText } from '../lib/secret-text.ts';
import { parseTimeUs } from '../lib/time.ts';
import { describeAlert } from './describe-alert.ts';
import { post } from './post.ts';

export interface SlackOptions {
  readonly name: string;
  readonly webhook: SecretText;
  readonly zone?: string | undefined;
  readonly timeoutMs?: number;
}

/** Slack's limit for the text of a section is 3,000 characters; escaping can make five of one. */
const FIELD_LIMIT = 200;
const DIGEST_FIELD_LIMIT = 60;
const DIGEST_LINES = 8;

/** Posts to an incoming webhook. Audit text stands in code marks, escaped: it can neither mention, link nor format. */
export function slack({ name, webhook, zone, timeoutMs }: SlackOptions): Sink {
  return {
    name,
    callsPeople: true,
    async deliver(alerts, signal) {
      const [alert] = alerts;
      if (alert === undefined) return;
      const text = alerts.length === 1 ? slackText(alert, zone) : digestText(alerts, zone);
      const section = { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
      const body = JSON.stringify({
        text: fallback(alerts),
        blocks: [section],
        unfurl_links: false,
        unfurl_media: false,
      });
      await post({ address: webhook, body, signal, sink: name, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    },
  };
}

export function slackText(alert: Alert, zone?: string): string {
  const text = describeAlert(alert);
  const who = `${code(text.who)}${plain(text.team)}`;
  const what = [plain(text.did), text.what === '' ? '' : code(text.what)].filter((part) => part !== '').join(' ');
  const from = text.from === '' ? '' : ` from ${code(text.from)}`;
  return [
    `*${text.level} · ${plain(text.title)}*`,
    `${who} ${what}${from}.`,
    `*Why:* ${plain(text.why)}.`,
    `*Next:* ${code(text.next)}`,
    `_${when(alert, zone)} · ${text.shortId}_`,
  ].join('\n');
}

/** One message for what is long past: nobody is called forty times for last week. */
export function digestText(alerts: readonly Alert[], zone?: string): string {
  const lines = alerts.slice(0, DIGEST_LINES).map((alert) => {
    const { level, title, who, shortId } = describeAlert(alert);
    const { dayMonth, time } = localTimes(zone)((parseTimeUs(alert.opened) ?? 0) / 1_000);
    return `${dayMonth} ${time} *${level}* ${plain(title, DIGEST_FIELD_LIMIT)}: ${code(who, DIGEST_FIELD_LIMIT)} (${shortId})`;
  });
  const more =
    alerts.length > DIGEST_LINES
      ? [`and ${alerts.length - DIGEST_LINES} more: ${code('whosaw alerts --since 30d')}`]
      : [];
  return [`*${alerts.length} alerts about the past*`, ...lines, ...more].join('\n');
}

function when(alert: Alert, zone: string | undefined): string {
  const ms = (parseTimeUs(alert.opened) ?? 0) / 1_000;
  const local = localTimes(zone)(ms);
  const utc = localTimes('UTC')(ms);
  const event = alert.events.at(-1);
  const seen =
    event === undefined ? '' : ` · seen ${delay(event['@timestamp'], event.seen)} later by ${plain(event.source)}`;
  return `${local.dayMonth} ${local.time} ${local.zone} · ${utc.time} UTC${seen}`;
}

function delay(at: string, seen: string): string {
  const seconds = Math.max(0, ((parseTimeUs(seen) ?? 0) - (parseTimeUs(at) ?? 0)) / 1_000_000);
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

function fallback(alerts: readonly Alert[]): string {
  const [alert] = alerts;
  return plain(
    alerts.length === 1 && alert !== undefined
      ? `${alert.rule.level.toUpperCase()}: ${alert.rule.title}`
      : `${alerts.length} alerts`,
  );
}

/** The beginning of a text that is longer than `limit`. */
function shorten(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** https://docs.slack.dev/messaging/formatting-message-text: these three are all that Slack wants escaped. */
function entities(text: string): string {
  return escapeText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text between marks: what would end or begin formatting is replaced by its look-alike. */
function plain(text: string, limit = FIELD_LIMIT): string {
  return entities(shorten(text, limit))
    .replaceAll('`', 'ˋ')
    .replaceAll('*', '∗')
    .replaceAll('_', 'ˍ')
    .replaceAll('~', '∼')
    .replaceAll('@', '＠');
}

function code(text: string, limit = FIELD_LIMIT): string {
  return `\`${entities(shorten(text, limit)).replaceAll('`', 'ˋ')}\``;
}
