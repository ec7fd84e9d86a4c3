import type { Alert, AlertEvent } from '../core/alert.ts';
import { shellQuote } from '../lib/shell-quote.ts';

/** What every sink says of an alert, as plain text that nobody escaped yet. */
export interface AlertText {
  readonly title: string;
  readonly level: string;
  readonly shortId: string;
  /** `person:ana@acme.example`, or what else the group has. */
  readonly who: string;
  /** ` (payments, developer)`, or nothing. */
  readonly team: string;
  /** `read`, `was denied`, `list`. */
  readonly did: string;
  /** The secret, `15 secrets`, the path where no secret is named, or nothing. */
  readonly what: string;
  readonly from: string;
  readonly why: string;
  /** What would have kept it quiet; empty where no short sentence says it. */
  readonly quiet: string;
  readonly next: string;
}

export function describeAlert(alert: Alert): AlertText {
  const event = alert.events[0];
  const secrets = distinct(alert.events, ({ secret }) => secret);
  const addresses = distinct(alert.events, ({ address }) => address);
  return {
    title: alert.rule.title,
    level: alert.rule.level.toUpperCase(),
    shortId: alert.id.slice(0, 8),
    who: alert.group['whosaw.actor.id'] ?? event?.actor ?? groupText(alert),
    team: teamOf(event),
    did: verbOf(alert.events),
    what: alert.group['whosaw.secret.id'] ?? (secrets.length > 0 ? manySecrets(alert, secrets) : (event?.path ?? '')),
    from: several(alert.group['source.address'], addresses),
    why: alert.why,
    quiet: alert.quiet ?? '',
    next: nextOf(alert, secrets),
  };
}

function groupText({ group }: Alert): string {
  const parts = Object.entries(group).map(([field, value]) => `${field} ${value}`);
  return parts.length === 0 ? 'unknown identity' : parts.join(', ');
}

function teamOf(event: AlertEvent | undefined): string {
  const parts = [event?.team, ...(event?.roles ?? [])].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function verbOf(events: readonly AlertEvent[]): string {
  const kinds = distinct(events, ({ kind }) => kind);
  const word = kinds.length === 1 ? (kinds[0] ?? '') : '';
  const verb = word === '' || word === 'admin' || word === 'audit' ? (events[0]?.action ?? 'did something') : word;
  const denied = events.length > 0 && events.every(({ outcome }) => outcome === 'failure');
  return denied ? `tried to ${verb}` : verb;
}

/** `values` counts what a value_count rule counts, which may be more than the events that the alert shows. */
function manySecrets({ values }: Alert, secrets: readonly string[]): string {
  const first = secrets[0] ?? '';
  return secrets.length < 2 ? first : `${Math.max(values ?? 0, secrets.length)} secrets, the first ${first}`;
}

function several(known: string | undefined, all: readonly string[]): string {
  const first = known ?? all[0];
  if (first === undefined) return '';
  return known === undefined && all.length > 1 ? `${first} and ${all.length - 1} more` : first;
}

/** Only commands that exist. */
function nextOf(alert: Alert, secrets: readonly string[]): string {
  const secret = alert.group['whosaw.secret.id'] ?? secrets[0];
  const minute = `${alert.opened.slice(0, 16)}Z`;
  if (secret === undefined) return `whosaw alerts ${alert.id.slice(0, 8)}`;
  return `whosaw who ${shellQuote(secret)} --around ${minute}`;
}

function distinct(events: readonly AlertEvent[], of: (event: AlertEvent) => string | undefined): readonly string[] {
  return Array.from(new Set(events.map(of).filter((value) => value !== undefined)));
}
