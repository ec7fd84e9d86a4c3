import { ALERT_EVENTS_LIMIT } from '../core/alert.ts';
import type { JsonObject } from '../core/json.ts';
import type { Mutable } from '../lib/mutable.ts';
import type { RuleMeta } from '../core/rule.ts';
import { formatTimeUs, parseTimeUs } from '../lib/time.ts';
import type { JsonEvent, JsonRules } from '../rules/json-rules.ts';
import { groupOf } from './build-alert.ts';
import type { Episode, HitRef } from './episode.ts';
import { evaluateHits } from './evaluate-hits.ts';
import type { TimedHits } from './evaluator.ts';

/** A rule fired: an event met it, or so many did together. */
export interface Firing {
  readonly title: string;
  /** Null where the rule has none. */
  readonly id: string | null;
  /** The group-by fields (or aliases) and their values, in their order; empty for a single event. */
  readonly group: Readonly<Record<string, string>>;
  /** RFC 3339, UTC: of the event, or of the one that satisfied the condition. Null where an event has no time. */
  readonly time: string | null;
  /** How many events there are, and the first 20 of them. */
  readonly count: number;
  readonly events: readonly JsonObject[];
}

/** In this order; the first that holds a time counts. */
export const TIME_FIELDS = ['@timestamp', 'timestamp', 'eventTime'] as const;

/** Rules over a finite set of plain JSON events. */
export class JsonEvaluation {
  readonly #rules: JsonRules;
  readonly #pending: TimedHits[] = [];
  readonly #events = new Map<string, JsonObject>();
  #count = 0;
  #timeless = 0;
  #newestUs = Number.NEGATIVE_INFINITY;

  constructor(rules: JsonRules) {
    this.#rules = rules;
  }

  /** What the event fires by itself. */
  add(fields: JsonObject): readonly Firing[] {
    const event = this.#number(fields);
    const matched = this.#rules.match(event);
    if (matched.length === 0) return [];
    const { timeUs, id } = event;
    const hits = this.#rules.hits(event, matched);
    if (timeUs !== undefined && hits.length > 0) {
      this.#pending.push({ eventId: id, hits, timeUs });
      this.#events.set(id, fields);
    }
    return matched.flatMap((detection) => {
      const meta = this.#rules.alone.get(detection);
      return meta === undefined ? [] : [firing(meta, {}, timeUs, { count: 1, events: [fields] })];
    });
  }

  /** What correlations fired, in order of time. */
  finish(): readonly Firing[] {
    const { correlations } = this.#rules;
    const firings = new Map<string, Mutable<Firing>>();
    for (const { correlation, group, episode } of evaluateHits(correlations, this.#pending, this.#newestUs)) {
      const rule = correlations[correlation];
      if (rule === undefined) continue;
      const { opening, count, continues } = episode;
      const keyOf = ({ eventId }: HitRef): string => `${correlation} ${eventId} ${group.join('\u001f')}`;
      const events = this.#shown(episode);
      // Alerts are cut at midnight; what goes on fired once.
      const before = continues === undefined ? undefined : firings.get(keyOf(continues));
      if (before === undefined) {
        firings.set(keyOf(opening), firing(rule.meta, groupOf(rule, group), opening.timeUs, { count, events }));
        continue;
      }
      before.count += count;
      before.events = [...before.events, ...events].slice(0, ALERT_EVENTS_LIMIT);
      firings.set(keyOf(opening), before);
    }
    return [...new Set(firings.values())];
  }

  #shown({ first }: Episode): readonly JsonObject[] {
    const ids = Array.from(new Set(first.map(({ eventId }) => eventId)));
    return ids.map((id) => this.#events.get(id)).filter((event) => event !== undefined);
  }

  get events(): number {
    return this.#count;
  }

  /** Events without a time that can be read: no correlation counts them. */
  get timeless(): number {
    return this.#timeless;
  }

  #number(fields: JsonObject): JsonEvent {
    this.#count += 1;
    const timeUs = timeOf(fields);
    if (timeUs === undefined) this.#timeless += 1;
    else this.#newestUs = Math.max(this.#newestUs, timeUs);
    return { id: this.#count.toString(16).padStart(16, '0').padEnd(32, '0'), fields, timeUs };
  }
}

function firing(
  { title, id }: RuleMeta,
  group: Firing['group'],
  timeUs: number | undefined,
  met: Pick<Firing, 'count' | 'events'>,
): Firing {
  return { title, id: id ?? null, group, time: timeUs === undefined ? null : formatTimeUs(timeUs), ...met };
}

function timeOf(fields: JsonObject): number | undefined {
  for (const name of TIME_FIELDS) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const timeUs = typeof value === 'string' ? parseTimeUs(value) : undefined;
    if (timeUs !== undefined) return timeUs;
  }
  return undefined;
}
