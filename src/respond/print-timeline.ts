import { escapeText } from '../lib/escape.ts';
import { shellQuote } from '../lib/shell-quote.ts';
import { formatTimeUs } from '../lib/time.ts';
import { clockOf, clockTime, printCompleteness, printSpan, type Clock } from './clock.ts';
import { printDeleted } from './deleted.ts';
import { printGapLine } from './print-gaps.ts';
import { table } from '../lib/table.ts';
import type { Acts, Session, Step, TimelineAnswer } from './timeline.ts';

export interface PrintTimelineOptions {
  /** An IANA name; the machine's own without it. */
  readonly zone?: string | undefined;
  /** The config that was named in the question, so that the next command finds the same store. */
  readonly config?: string | undefined;
}

/** The answer as people read it, in local time. */
export function printTimeline(answer: TimelineAnswer, { zone, config }: PrintTimelineOptions = {}): string {
  const clock = clockOf(answer.window, zone);
  const sections = [
    header(answer, clock),
    names(answer),
    ...answer.sessions.map((session) => printSession(session, clock)),
    footer(answer, config === undefined ? '' : ` -c ${shellQuote(config)}`),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function header({ identity, team, roles, window, sources, deleted, gaps }: TimelineAnswer, clock: Clock): string {
  const known = [team, ...roles].filter((fact) => fact !== undefined).join(', ');
  const who = escapeText(known === '' ? identity.id : `${identity.id} (${known})`);
  const missing = printGapLine(gaps, clock);
  const span = `${printSpan(window, clock)}     ${printCompleteness(sources, window, clock)}`;
  const lost = [...(deleted === undefined ? [] : [printDeleted(deleted)]), ...(missing === '' ? [] : [missing])];
  return [`${who}     ${identity.kind}`, span, ...lost].join('\n');
}

/** Why events of several stores are one identity's. */
function names({ names: linked }: TimelineAnswer): string {
  if (linked.length === 0) return '';
  const rows = linked.map(({ store, name, evidence, events }) => [store, escapeText(name), String(events), evidence]);
  return table([['KNOWN IN', 'AS', 'EVENTS', 'BY'], ...rows], new Set([2]));
}

function printSession(session: Session, clock: Clock): string {
  const { fromUs, toUs, addresses, events, denied } = session;
  const from =
    addresses.length === 0
      ? ''
      : ` from ${addresses.slice(0, 3).join(', ')}${addresses.length > 3 ? ` +${addresses.length - 3}` : ''}`;
  const span = `${clockTime(fromUs, clock).slice(0, -4)} to ${clock.local(toUs / 1_000).time}`;
  const title = `SESSION ${span}${escapeText(from)}: ${events} events${denied === 0 ? '' : `, ${denied} denied`}`;
  return `${title}\n${table(session.steps.map((step) => row(step, addresses[0], clock)))}`;
}

function row(step: Step, usual: string | undefined, clock: Clock): readonly string[] {
  const time = `  ${clockTime(step.fromUs, clock)}`;
  switch (step.what) {
    case 'acts':
      return [time, word(step), escapeText(step.on ?? '-'), notes(step, usual, clock)];
    case 'alert':
      return [
        time,
        'ALERT',
        escapeText(step.alert.rule.title),
        `${step.alert.rule.level}  ${step.alert.id.slice(0, 8)}`,
      ];
    case 'policy':
      return [
        time,
        'POLICY',
        escapeText(step.on ?? step.action),
        escapeText(`${step.action} by ${step.actor}${step.outcome === 'success' ? '' : `, ${step.outcome}`}`),
      ];
  }
}

function word({ outcome, action, kind }: Acts): string {
  const done = escapeText(kind === undefined || kind === action ? action : `${kind} (${action})`);
  return outcome === 'failure' ? `DENIED ${done}` : done;
}

function notes(step: Acts, usual: string | undefined, clock: Clock): string {
  const parts = [
    step.count > 1 ? `×${step.count} until ${clock.local(step.toUs / 1_000).time}` : undefined,
    ...step.isFirst.map((what) => `first time: ${what}`),
    step.unexpected.length > 0 ? `unexpected: ${step.unexpected.join(', ')}` : undefined,
    step.outcome === 'unknown' ? 'outcome unknown' : undefined,
    step.reason,
    step.address === undefined || step.address === usual ? undefined : `from ${step.address}`,
    step.unwrapped === undefined
      ? undefined
      : `unwrapped ${clockTime(step.unwrapped.atUs, clock)} from ${step.unwrapped.address ?? 'an unknown address'}`,
  ];
  return escapeText(parts.filter((part) => part !== undefined).join('; '));
}

function footer(answer: TimelineAnswer, config: string): string {
  const { identity, sessions, isCut, events } = answer;
  if (sessions.length === 0) {
    const since = identity.first.slice(0, 19);
    return (
      `Nothing in this window; the identity was seen from ${identity.first} to ${identity.last}.\n` +
      `next  whosaw timeline ${shellQuote(escapeText(identity.id))} --since ${since}Z --until ${nextSecond(identity.last)}${config}`
    );
  }
  const lines = isCut ? [`Only the newest ${events} events are shown: choose a shorter window.`] : [];
  const worst = worstSecret(answer);
  if (worst !== undefined) {
    const at = `${formatTimeUs(worst.fromUs).slice(0, 16)}Z`;
    lines.push(`next  whosaw who ${shellQuote(escapeText(worst.on ?? ''))} --around ${at}${config}`);
  }
  return lines.join('\n');
}

function nextSecond(time: string): string {
  return `${new Date(Date.parse(time) + 1_000).toISOString().slice(0, 19)}Z`;
}

/** The read that is most out of the ordinary. */
function worstSecret({ sessions }: TimelineAnswer): Acts | undefined {
  const reads = sessions
    .flatMap(({ steps }) => steps)
    .filter((step): step is Acts => step.what === 'acts' && step.kind === 'read' && step.on !== undefined);
  const weight = (step: Acts): number => step.unexpected.length * 2 + step.isFirst.length;
  return reads.toSorted((a, b) => weight(b) - weight(a) || a.fromUs - b.fromUs)[0];
}
