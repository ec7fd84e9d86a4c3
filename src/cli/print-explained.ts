import { relative } from 'node:path';
import type { Alert } from '../core/alert.ts';
import type { Observation } from '../core/event.ts';
import { escapeText } from '../lib/escape.ts';
import { shellQuote } from '../lib/shell-quote.ts';
import type { ExplainedDetection, Explanation } from '../rules/explain-event.ts';
import type { Trace } from '../rules/trace.ts';

interface ExplainedEvent {
  readonly event: Observation;
  readonly explanation: Explanation;
}

/** The alert, what its opening event met, and what would have kept the rule quiet. Audit text is escaped. */
export function printAlertExplained(
  alert: Alert,
  events: readonly ExplainedEvent[],
  { hasChanged }: { readonly hasChanged: boolean },
): string {
  const shown = events.find(({ event }) => event.event['@timestamp'] === alert.opened) ?? events[0];
  const group = Object.entries(alert.group).map(([field, value]) => `${field} ${value}`);
  const quiet = commonOf(events);
  const more = alert.count - 1;
  const lines = [
    `${alert.rule.title}   ${alert.rule.level.toUpperCase()}   ${alert.id.slice(0, 8)}`,
    ...(shown === undefined ? [] : [`  rule   ${placeOf(shown.explanation)}`]),
    ...(group.length === 0 ? [] : [`  for    ${group.join(', ')}`]),
    `  why    ${alert.why}`,
    ...(quiet.length === 0 ? [] : [`  quiet  would not fire ${quiet.join(', or ')}`]),
    ...(hasChanged ? ['  note   the rules have changed since; this is what they say now'] : []),
    '',
    ...(shown === undefined
      ? ['Its events are not there any more.']
      : [...eventLines(shown.event), ...shown.explanation.detections.flatMap(detectionLines)]),
    ...(shown !== undefined && more > 0
      ? ['', `and ${more} more until ${alert.last}; --format json shows the first 20`]
      : []),
  ];
  return printLines(lines);
}

/** What would have kept each of them out. */
function commonOf(events: readonly ExplainedEvent[]): readonly string[] {
  const [first, ...rest] = events.filter(({ explanation }) => explanation.holds);
  const phrases = first?.explanation.quiet ?? [];
  return phrases.filter((phrase) => rest.every(({ explanation }) => explanation.quiet.includes(phrase)));
}

/** The rules that the event meets, line by line; of the others why not, unless they are about something else. */
export function printEventExplained(
  event: Observation,
  explanations: readonly Explanation[],
  { isAsked }: { readonly isAsked: boolean },
): string {
  const held = explanations.filter(({ holds }) => holds || isAsked);
  const missed = explanations.filter((explanation) => !held.includes(explanation) && isMeant(explanation));
  const lines = [
    ...eventLines(event),
    ...(isAsked ? [] : ['', `Met by ${held.length} of ${explanations.length} rules${held.length === 0 ? '.' : ':'}`]),
    ...held.flatMap((explanation) => ['', ...ruleLines(explanation)]),
    ...(missed.length === 0 ? [] : ['', 'Not, though it is of their logsource:']),
    ...missed.map((explanation) => `  ${explanation.rule.title}: ${missOf(explanation)}`),
  ];
  const first = missed[0] ?? held[0];
  const next =
    first === undefined || isAsked
      ? []
      : ['', `next  whosaw rules explain ${event.event.event.id.slice(0, 12)} --rule ${shellQuote(first.rule.title)}`];
  return printLines([...lines, ...next]);
}

function isMeant({ detections }: Explanation): boolean {
  return detections.some((detection) => detection.isMeant);
}

function missOf({ detections }: Explanation): string {
  return detections.flatMap(({ isMeant: meant, miss }) => (meant && miss !== undefined ? [miss] : []))[0] ?? '';
}

function ruleLines(explanation: Explanation): readonly string[] {
  const { rule, holds, quiet, detections } = explanation;
  return [
    rule.title,
    `  rule   ${placeOf(explanation)}`,
    ...(holds && quiet.length > 0 ? [`  quiet  would not fire ${quiet.join(', or ')}`] : []),
    ...detections.flatMap(detectionLines),
  ];
}

function detectionLines({
  name,
  role,
  holds,
  isMeant: meant,
  trace,
  otherwise,
}: ExplainedDetection): readonly string[] {
  if (!meant) return [`  ${name}: the event is not of its logsource`];
  const turned = otherwise.length === 0 || holds ? [] : [`      would hold ${otherwise.join(', or ')}`];
  return [
    `  ${name} ${holds ? 'holds' : 'does not hold'}${role === 'counted' ? '' : ' (known-by)'}`,
    ...traceLines(trace, 2),
    ...turned,
  ];
}

const TERMS_SHOWN = 20;

function traceLines({ holds, text, found, terms }: Trace, depth: number): readonly string[] {
  const value = found === undefined || found === '' ? '' : `   (${found})`;
  const ordered = terms.length > TERMS_SHOWN ? terms.toSorted((a, b) => Number(b.holds) - Number(a.holds)) : terms;
  const more = terms.length - TERMS_SHOWN;
  return [
    `${'  '.repeat(depth)}${holds ? 'yes' : 'no '}  ${text}${value}`,
    ...ordered.slice(0, TERMS_SHOWN).flatMap((term) => traceLines(term, depth + 1)),
    ...(more > 0 ? [`${'  '.repeat(depth + 1)}and ${more} more`] : []),
  ];
}

function eventLines({ event }: Observation): readonly string[] {
  const { actor, secret, access } = event.whosaw;
  const { action, outcome, id } = event.event;
  const what = secret?.id ?? event.url?.path ?? '';
  const who = actor === undefined ? '' : ` by ${actor.id}`;
  const from = event.source === undefined ? '' : ` from ${event.source.address}`;
  return [`event ${id}`, `  ${event['@timestamp']}  ${access.kind ?? action} ${what}${who}${from}: ${outcome}`];
}

/** From here, where that is shorter. */
function placeOf({ rule }: Explanation): string {
  const near = relative(process.cwd(), rule.file);
  return `${near.length < rule.file.length ? near : rule.file}:${rule.line}`;
}

function printLines(lines: readonly string[]): string {
  return `${lines.map(escapeText).join('\n')}\n`;
}
