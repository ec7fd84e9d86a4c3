import type { AccessGroup } from '../core/access-reader.ts';
import { escapeText } from '../lib/escape.ts';
import { shellQuote } from '../lib/shell-quote.ts';
import { parseTimeUs } from '../lib/time.ts';
import { clockOf, clockTime, printCompleteness, printSpan, type Clock } from './clock.ts';
import { printDeleted } from './deleted.ts';
import { printGapLine } from './print-gaps.ts';
import { table } from '../lib/table.ts';
import type { WhoAnswer } from './who.ts';

export interface PrintWhoOptions {
  /** An IANA name; the machine's own without it. */
  readonly zone?: string | undefined;
  /** The config that was named in the question, so that the next command finds the same store. */
  readonly config?: string | undefined;
}

/** The answer as people read it, in local time. */
export function printWho(answer: WhoAnswer, { zone, config }: PrintWhoOptions = {}): string {
  const clock = clockOf(answer.window, zone);
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

function header({ secret, window, sources, deleted, gaps }: WhoAnswer, clock: Clock): string {
  const { secret: fields, environment } = secret;
  const facts = [environment, fields.criticality, fields.owner === undefined ? undefined : `owner ${fields.owner}`];
  const known = facts.filter((fact) => fact !== undefined).join(' · ');
  const first = [escapeText(fields.id), escapeText(known)].filter((text) => text !== '').join('     ');
  const lines = [first, `${printSpan(window, clock)}     ${printCompleteness(sources, window, clock)}`];
  if (deleted !== undefined) lines.push(printDeleted(deleted));
  const missing = printGapLine(gaps, clock);
  if (missing !== '') lines.push(missing);
  return lines.join('\n');
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
    clockTime(parseTimeUs(group.first) ?? 0, clock),
    clockTime(parseTimeUs(group.last) ?? 0, clock),
    from(group),
    escapeText(lastColumn(group)),
  ]);
  return table([head, ...rows], COUNTS);
}

/** The column that is set to the right. */
const COUNTS = new Set([1]);

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
  if (at !== undefined) lines.push(`next  whosaw ${nextQuestion(urgent?.actor)} --around ${at}${config}`);
  return lines.join('\n');
}

function nextQuestion(actor: string | undefined): string {
  return actor === undefined || actor === 'unknown' ? 'alerts' : `timeline ${shellQuote(escapeText(actor))}`;
}
