import type { Alert, AlertEvent } from '../core/alert.ts';
import type { EventStore } from '../core/ports.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { alertEvent, buildAlert } from '../detect/build-alert.ts';
import type { Detected } from '../detect/detect.ts';
import type { EpisodeChange } from '../detect/correlation-state.ts';
import { RecentMap } from '../lib/recent-map.ts';

/** Events with hits that are remembered, so that an alert can show them without asking the store. */
const RECENT_LIMIT = 50_000;

/** Writes alerts: embeds what they show of their first events. */
export class AlertWriter {
  readonly #rules: RuleSet;
  readonly #store: Pick<EventStore, 'eventsById'>;
  readonly #recent = new RecentMap<AlertEvent>(RECENT_LIMIT);

  constructor(rules: RuleSet, store: Pick<EventStore, 'eventsById'>) {
    this.#rules = rules;
    this.#store = store;
  }

  remember({ observation, hits }: Detected): void {
    if (hits.hits.length > 0) this.#recent.set(hits.eventId, alertEvent(observation.event));
  }

  async write(changes: readonly EpisodeChange[]): Promise<readonly Alert[]> {
    await this.#fetchMissing(changes);
    return changes.flatMap((change) => {
      const rule = this.#rules.correlations[change.correlation];
      return rule === undefined ? [] : [buildAlert(change, rule, this.#rules.version, (id) => this.#recent.get(id))];
    });
  }

  async #fetchMissing(changes: readonly EpisodeChange[]): Promise<void> {
    const missing = changes
      .flatMap(({ episode }) => episode.first)
      .filter(({ eventId }) => this.#recent.get(eventId) === undefined);
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

const FETCH_AT_ONCE = 1_000;
