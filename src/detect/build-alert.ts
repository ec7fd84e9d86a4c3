import { ALERT_COUNT_LIMIT, type Alert, type AlertEvent } from '../core/alert.ts';
import type { AuditEvent } from '../core/event.ts';
import {
  DEFAULT_FACTOR,
  isOfNumbers,
  needsClosedWindow,
  printCondition,
  threshold,
  type Correlation,
} from '../core/rule.ts';
import { printDuration } from '../lib/duration.ts';
import { id128 } from '../lib/hash.ts';
import { formatTimeUs } from '../lib/time.ts';
import type { Mutable } from '../lib/mutable.ts';
import { nounOf } from '../rules/words.ts';
import type { EpisodeChange } from './telling.ts';
import { versionOf, type AnomalyFacts, type Episode, type HitRef, type SilenceFacts } from './episode.ts';

/** `eventOf`: what is shown of an event, where it can be had. */
export function buildAlert(
  change: EpisodeChange,
  rule: Correlation,
  rulesVersion: string,
  eventOf: (id: string) => AlertEvent | undefined,
): Alert {
  const { episode, group, supersededBy } = change;
  const idOf = (opening: HitRef): string => alertId(rule, group, opening);
  const firstUs = episode.first[0]?.timeUs ?? episode.opening.timeUs;
  const ids = Array.from(new Set(episode.first.map(({ eventId }) => eventId)));
  const events = ids.map(eventOf).filter((event) => event !== undefined);
  const alert: Alert = {
    id: idOf(episode.opening),
    version: versionOf(episode),
    rule: ruleOf(rule),
    rules_version: rulesVersion,
    group: groupOf(rule, group),
    opened: formatTimeUs(episode.opening.timeUs),
    first: formatTimeUs(firstUs),
    last: formatTimeUs(episode.last.timeUs),
    ends: formatTimeUs(endOf(rule, episode)),
    count: Math.min(episode.count, ALERT_COUNT_LIMIT),
    ...(episode.values === undefined ? {} : { values: episode.values.size }),
    why: [whyOf(rule, episode, firstUs), ...unexpectedWords(rule, events)].join('; '),
    ...(rule.quiet === undefined ? {} : { quiet: rule.quiet }),
    events,
    ...(episode.continues === undefined ? {} : { continues: idOf(episode.continues) }),
  };
  return supersededBy === undefined ? alert : supersede(alert, idOf(supersededBy));
}

/**
 * The alert as it is once `by` took its hits over; `by` is its own id when nothing did. Above every version of it that is
 * not superseded, and one that names another alert above one that does not: whoever knows of one knows more.
 */
export function supersede(alert: Alert, by: string): Alert {
  return { ...alert, version: alert.version + (by === alert.id ? 1 : 2) * SUPERSEDED_VERSION, superseded_by: by };
}

const SUPERSEDED_VERSION = 1_000_000_000;

/** Absent fields are left out. */
export function groupOf({ groupBy }: Correlation, values: readonly string[]): Alert['group'] {
  const pairs = groupBy.map((field, index): readonly [string, string] => [field, values[index] ?? '']);
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''));
}

export function alertId(rule: Correlation, group: readonly string[], opening: HitRef): string {
  return id128('alert', rule.meta.key, ...group, opening.eventId);
}

function ruleOf({ meta }: Correlation): Alert['rule'] {
  return {
    id: meta.key,
    title: meta.title,
    level: meta.level,
    status: meta.status,
    ...(meta.description === undefined ? {} : { description: meta.description }),
    tags: meta.tags,
    falsepositives: meta.falsepositives,
  };
}

/** What an alert shows of an event. */
export function alertEvent({ '@timestamp': timestamp, event, whosaw, url, source }: AuditEvent): AlertEvent {
  const { access, actor, secret, environment, expected, origin } = whosaw;
  const { id, action, outcome, reason } = event;
  const shown: Mutable<AlertEvent> = {
    id,
    '@timestamp': timestamp,
    action,
    outcome,
    source: origin.source,
    seen: event.created,
  };
  if (reason !== undefined) shown.reason = reason;
  if (access.kind !== undefined) shown.kind = access.kind;
  if (actor !== undefined) {
    shown.actor = actor.id;
    if (actor.team !== undefined) shown.team = actor.team;
    if (actor.roles !== undefined) shown.roles = actor.roles;
  }
  if (secret !== undefined) shown.secret = secret.id;
  else if (url !== undefined) shown.path = url.path;
  if (environment !== undefined) shown.environment = environment;
  if (source !== undefined) shown.address = source.address;
  const unexpected = unexpectedFacts(expected);
  if (unexpected.length > 0) shown.unexpected = unexpected;
  return shown;
}

export function unexpectedFacts(expected: AuditEvent['whosaw']['expected']): readonly string[] {
  if (expected === undefined) return [];
  return (['network', 'role', 'schedule'] as const).filter((fact) => expected[fact] === false);
}

/** A silence ends with the hit that comes after all. */
function endOf({ timespanMs }: Correlation, { last, facts }: Episode): number {
  return facts?.kind === 'silence' && facts.back !== undefined ? last.timeUs : last.timeUs + timespanMs * 1_000;
}

/** Which condition held, in words. */
function whyOf(rule: Correlation, episode: Episode, firstUs: number): string {
  const least = threshold(rule.condition);
  const span = printDuration(rule.timespanMs);
  const took = printDuration(Math.max(1_000, Math.round((episode.last.timeUs - firstUs) / 1_000_000) * 1_000));
  const isMeasured = needsClosedWindow(rule.condition) || isOfNumbers(rule.type);
  const enough = isMeasured ? `${printCondition(rule.condition)} within ${span}` : `${least} within ${span} are enough`;
  switch (rule.type) {
    case 'event_count':
      return isOneEnough(rule) ? firstSentence(rule.meta.description) : `${episode.count} in ${took}; ${enough}`;
    case 'value_count':
      return `${episode.values?.size ?? least} different ${nounOf(rule.field, rule.moreFields)} in ${took}; ${enough}`;
    case 'temporal':
      return `${episode.count} in ${took}; of different rules ${enough}`;
    case 'temporal_ordered':
      return `${episode.count} in ${took}; of different rules, in their order, ${enough}`;
    case 'value_sum':
      return `${episode.count} in ${took}; sum of ${rule.field ?? ''}: ${enough}`;
    case 'value_avg':
      return `${episode.count} in ${took}; average of ${rule.field ?? ''}: ${enough}`;
    case 'value_percentile':
      return `${episode.count} in ${took}; percentile ${rule.percentile ?? 50} of ${rule.field ?? ''}: ${enough}`;
    case 'first_seen':
      return `first in ${printDuration(rule.historyMs ?? 0)}${acquaintanceWords(rule, least)}`;
    case 'anomaly':
      return episode.facts?.kind === 'anomaly' ? anomalyWords(rule, episode.facts) : '';
    case 'silence':
      return episode.facts?.kind === 'silence' ? silenceWords(rule, episode, episode.facts) : '';
  }
}

/** Though it is no stranger. */
function acquaintanceWords({ knownBy, knownAs }: Correlation, least: number): string {
  if (knownBy.length === 0) return '';
  if (knownAs === undefined) return `, after ${least} or more of what is usual`;
  const known = knownAs.map((field) => KNOWN[field] ?? field).join(' and ');
  return `, of a known ${known}`;
}

const KNOWN: Readonly<Record<string, string>> = {
  'whosaw.secret.id': 'secret',
  'whosaw.actor.id': 'identity',
  'source.address': 'address',
  'source.ip': 'address',
};

/** `87 in 1h from 2025-03-15T14:00:00Z; usually at most 12 in 14d; 3 times as many, and 20, are enough` */
function anomalyWords(rule: Correlation, { amount, usual, fromUs }: AnomalyFacts): string {
  const { timespanMs, historyMs = 0, factor = DEFAULT_FACTOR, field } = rule;
  const what = field === undefined ? '' : ` different ${nounOf(rule.field, rule.moreFields)}`;
  const when = `in ${printDuration(timespanMs)} from ${formatTimeUs(fromUs)}`;
  const enough = `${factor} times as many, and ${threshold(rule.condition)}, are enough`;
  return `${amount}${what} ${when}; usually at most ${usual}, in the ${printDuration(historyMs)} before; ${enough}`;
}

/** `nothing for 2 times 1h since 2025-03-15T02:00:41Z; came in 14 of the last 14; back at 2025-03-15T05:10:00Z` */
function silenceWords({ timespanMs }: Correlation, { opening, count }: Episode, facts: SilenceFacts): string {
  const { came, of, longestGap, back } = facts;
  const times = count === 1 ? '' : `${count} times `;
  const gap = longestGap === 0 ? '' : `, and never left out more than ${longestGap} in a row`;
  const parts = [
    `nothing for ${times}${printDuration(timespanMs)} since ${formatTimeUs(opening.timeUs)}`,
    `came in ${came} of the ${of} before${gap}`,
    ...(back === undefined ? [] : [`back at ${formatTimeUs(back.timeUs)}`]),
  ];
  return parts.join('; ');
}

function isOneEnough({ type, condition }: Correlation): boolean {
  return type === 'event_count' && !needsClosedWindow(condition) && threshold(condition) === 1;
}

/** Without its full stop. */
function firstSentence(text = ''): string {
  const sentence = /^(.*?)\.?(?:\s*$|(?<=\.)\s)/s.exec(text)?.[1]?.replaceAll(/\s+/g, ' ') ?? '';
  return sentence === '' ? 'one is enough' : sentence;
}

const UNEXPECTED = {
  network: 'outside the declared networks',
  role: 'no role covers it',
  schedule: 'outside the change windows',
} as const;

/** What was not expected of the first events; a rule for which one is enough says itself what is wrong. */
function unexpectedWords(rule: Correlation, events: readonly AlertEvent[]): readonly string[] {
  if (isOneEnough(rule)) return [];
  const facts = new Set(events.flatMap(({ unexpected }) => unexpected ?? []));
  return (Object.keys(UNEXPECTED) as readonly (keyof typeof UNEXPECTED)[])
    .filter((fact) => facts.has(fact))
    .map((fact) => UNEXPECTED[fact]);
}
