import type { AccessGroup, SourceFacts } from '../core/ports.ts';
import { escapeText } from '../lib/escape.ts';
import { localTimes, type LocalTime } from '../lib/local-time.ts';
import { shellQuote } from '../lib/shell-quote.ts';
import { parseTimeUs } from '../lib/time.ts';
import { table } from './table.ts';
import type { WhoAnswer } from './who.ts';

export interface PrintWhoOptions {
  /** An IANA name; the machine's own without it. */
  readonly zone?: string | undefined;
  /** The config that was named in the question, so that the next command finds the same store. */
  readonly config?: string | undefined;
}

/** The answer as people read it, in local time. */
export function printWho(answer: WhoAnswer, { zone, config }: PrintWhoOptions = {}): string {
  const clock = clockOf(answer, zone);
  const sections = [
    header(answer, clock),
    section('RETRIEVED BY', 'READS', 'UNEXPECTED', answer.retrieved, clock, unexpected),
    section('DENIED', 'TRIES', 'REASON', answer.denied, clock, reason),
    section('UNKNOWN', 'TRIES', 'REASON', answer.unknown, clock, reason),
    section('ALSO', 'TIMES', 'WHAT', answer.other, clock, ({ kind, outcome }) => `${kind}, ${outcome}`),
    footer(answer, config === undefined ? '' : ` -c ${shellQuote(config)}`),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

interface Clock {
  readonly local: (ms: number) => LocalTime;
  /** The window lies within one local day: times need no date. */
  readonly oneDay: boolean;
  /** The window's last local day. */
  readonly lastDate: string;
}

function clockOf({ window }: WhoAnswer, zone: string | undefined): Clock {
  const local = localTimes(zone);
  const lastDate = local(window.toUs / 1_000).date;
  return { local, lastDate, oneDay: local(window.fromUs / 1_000).date === lastDate };
}

function header({ secret, window, sources }: WhoAnswer, clock: Clock): string {
  const { secret: fields, environment } = secret;
  const facts = [environment, fields.criticality, fields.owner === undefined ? undefined : `owner ${fields.owner}`];
  const known = facts.filter((fact) => fact !== undefined).join(' · ');
  const first = [escapeText(fields.id), escapeText(known)].filter((text) => text !== '').join('     ');
  return `${first}\n${span(window.fromUs, window.toUs, clock)}     ${completeness(sources, window.toUs, clock)}`;
}

function span(fromUs: number, toUs: number, { local, oneDay }: Clock): string {
  const from = local(fromUs / 1_000);
  const to = local(toUs / 1_000);
  const minutes = (time: LocalTime): string => time.time.slice(0, 5);
  const end = oneDay ? minutes(to) : `${to.dayMonth} ${minutes(to)}`;
  return `${from.dayMonth} ${minutes(from)} to ${end} ${zoneOf(to)}`;
}

/** `CET (UTC+1)`; at home in Greenwich, `UTC`. */
function zoneOf({ zone, offset }: LocalTime): string {
  return offset === '+00:00' ? zone : `${zone} (UTC${shortOffset(offset)})`;
}

function shortOffset(offset: string): string {
  return offset.replace(/^([+-])0?(\d+):00$/, '$1$2');
}

/** A quiet source says every 10 s up to when it was read; the time is shown. */
const TOLERANCE_US = 15_000_000;

/** Which sources were read to the end of the window, and which were not. */
function completeness(sources: readonly SourceFacts[], toUs: number, clock: Clock): string {
  if (sources.length === 0) return 'no source was read yet';
  const isComplete = ({ seenTo }: SourceFacts): boolean => (parseTimeUs(seenTo ?? '') ?? 0) >= toUs - TOLERANCE_US;
  const done = sources.filter(isComplete);
  const rest = sources.filter((source) => !isComplete(source));
  const parts = [];
  if (done.length > 0) parts.push(`complete: ${done.map(({ source }) => source).join(', ')}${seenTo(done, clock)}`);
  if (rest.length > 0)
    parts.push(`incomplete: ${rest.map((source) => `${source.source}${seenTo([source], clock)}`).join(', ')}`);
  return escapeText(parts.join('; '));
}

function seenTo(sources: readonly SourceFacts[], { local, lastDate }: Clock): string {
  const oldest = Math.min(...sources.map(({ seenTo: text }) => parseTimeUs(text ?? '') ?? 0));
  if (oldest === 0) return ' not read to its end yet';
  const { dayMonth, time, date } = local(oldest / 1_000);
  return ` seen to ${date === lastDate ? '' : `${dayMonth} `}${time}`;
}

function section(
  title: string,
  counted: string,
  last: string,
  groups: readonly AccessGroup[],
  clock: Clock,
  lastColumn: (group: AccessGroup) => string,
): string {
  if (groups.length === 0) return title === 'RETRIEVED BY' ? 'RETRIEVED BY nobody in this window' : '';
  const head = [`${title} ${new Set(groups.map(({ actor }) => actor)).size}`, counted, 'FIRST', 'LAST', 'FROM', last];
  const rows = groups.map((group) => [
    escapeText(group.actor),
    String(group.count),
    clockTime(group.first, clock),
    clockTime(group.last, clock),
    from(group),
    escapeText(lastColumn(group)),
  ]);
  return table([head, ...rows], COUNTS);
}

/** The column that is set to the right. */
const COUNTS = new Set([1]);

function clockTime(text: string, { local, oneDay }: Clock): string {
  const us = parseTimeUs(text) ?? 0;
  const { dayMonth, time } = local(us / 1_000);
  const fraction = String(Math.floor((us % 1_000_000) / 1_000)).padStart(3, '0');
  return `${oneDay ? '' : `${dayMonth} `}${time}.${fraction}`;
}

function from({ addresses, addressCount }: AccessGroup): string {
  const first = addresses[0];
  if (first === undefined) return '-';
  return escapeText(first) + (addressCount > 1 ? ` +${addressCount - 1}` : '');
}

function unexpected(group: AccessGroup): string {
  return group.unexpected.length === 0 ? '-' : group.unexpected.join(', ');
}

function reason(group: AccessGroup): string {
  return group.reason ?? '-';
}

function footer(answer: WhoAnswer, config: string): string {
  const { elsewhere, secret } = answer;
  if (elsewhere !== undefined) {
    const name = shellQuote(escapeText(secret.secret.id));
    return (
      `Nothing in this window; accesses were seen from ${elsewhere.first} to ${elsewhere.last}.\n` +
      `next  whosaw who ${name} --since ${elsewhere.first} --until ${elsewhere.last}${config}`
    );
  }
  const urgent = answer.retrieved[0] ?? answer.denied[0] ?? answer.other[0] ?? answer.unknown[0];
  const at = urgent === undefined ? undefined : `${urgent.first.slice(0, 16)}Z`;
  const lines = ['This shows who did read it, not who could have.'];
  if (at !== undefined) lines.push(`next  whosaw alerts --around ${at} --within 15m${config}`);
  return lines.join('\n');
}
