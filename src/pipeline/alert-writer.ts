import type { Alert, AlertEvent } from '../core/alert.ts';
import type { EventStore } from '../core/ports.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { alertEvent, buildAlert } from '../detect/build-alert.ts';
import type { Detected } from '../detect/detect.ts';
import type { EpisodeChange } from '../detect/telling.ts';
import { RecentMap } from '../lib/recent-map.ts';

/** Events with hits that are remembered, so that an alert can show them without asking the store. */
const RECENT_EVENTS = 50_000;
/** Alerts whose events are remembered, however long ago they were, because they may grow. */
const RECENT_ALERTS = 5_000;

type Shown = ReadonlyMap<string, AlertEvent>;

/** Writes alerts: embeds what they show of their first events. */
export class AlertWriter {
  readonly #rules: RuleSet;
  readonly #store: Pick<EventStore, 'eventsById'>;
  readonly #recent = new RecentMap<AlertEvent>(RECENT_EVENTS);
  readonly #shown = new RecentMap<Shown>(RECENT_ALERTS);

  constructor(rules: RuleSet, store: Pick<EventStore, 'eventsById'>) {
    this.#rules = rules;
    this.#store = store;
  }

  remember({ observation, hits }: Detected): void {
    if (hits.hits.length > 0) this.#recent.set(hits.eventId, alertEvent(observation.event));
  }

  /** What is shown of an event that is somewhere else. */
  show(eventId: string, event: AlertEvent): void {
    this.#recent.set(eventId, event);
  }

  async write(changes: readonly EpisodeChange[]): Promise<readonly Alert[]> {
    await this.#fetchMissing(changes);
    return changes.flatMap((change) => {
      const rule = this.#rules.correlations[change.correlation];
      if (rule === undefined) return [];
      const shown = this.#show(change);
      return [buildAlert(change, rule, this.#rules.version, (id) => shown.get(id))];
    });
  }

  /** The alert's events by their ids; most alerts that grow show what they showed before. */
  #show(change: EpisodeChange): Shown {
    const key = keyOf(change);
    const known = this.#shown.get(key) ?? NONE;
    const ids = change.episode.first.map(({ eventId }) => eventId);
    const shown = ids.every((id) => known.has(id)) ? known : this.#select(ids, known);
    this.#shown.set(key, shown);
    return shown;
  }

  #select(ids: readonly string[], known: Shown): Shown {
    const shown = new Map<string, AlertEvent>();
    for (const id of ids) {
      const event = known.get(id) ?? this.#recent.get(id);
      if (event !== undefined) shown.set(id, event);
    }
    return shown;
  }

  async #fetchMissing(changes: readonly EpisodeChange[]): Promise<void> {
    const missing = changes.flatMap((change) => {
      const known = this.#shown.get(keyOf(change)) ?? NONE;
      return change.episode.first.filter(
        ({ eventId }) => !known.has(eventId) && this.#recent.get(eventId) === undefined,
      );
    });
    for (let from = 0; from < missing.length; from += FETCH_AT_ONCE) {
      const some = missing.slice(from, from + FETCH_AT_ONCE);
      const times = some.map(({ timeUs }) => timeUs);
      const ids = some.map(({ eventId }) => eventId);
      for (const { observation } of await this.#store.eventsById(ids, [Math.min(...times), Math.max(...times)])) {
        this.#recent.set(observation.event.event.id, alertEvent(observation.event));
      }
    }
  }
}

/** One event opens at most one episode of a rule. */
function keyOf({ correlation, episode }: EpisodeChange): string {
  return `${correlation} ${episode.opening.eventId}`;
}

const NONE: Shown = new Map();
const FETCH_AT_ONCE = 1_000;
