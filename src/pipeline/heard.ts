import type { Alert } from '../core/alert.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { RecentMap } from '../lib/recent-map.ts';

/**
 * Which alerts somebody heard of: of the alert itself, or of one that it took over. What goes on from another alert is
 * not told, until it stands alone.
 */
export class Heard {
  readonly #store: Pick<AccessReader, 'alerts'>;
  readonly #heard = new RecentMap<true>(ALERTS_LIMIT);

  constructor(store: Pick<AccessReader, 'alerts'>) {
    this.#store = store;
  }

  /** Alerts that were in the store before. */
  learn(stored: readonly Alert[]): void {
    for (const { id, continues, superseded_by: by } of stored)
      if (continues === undefined && by === undefined) this.#heard.set(id, true);
  }

  /** Of alerts that are about to be written, in order, those that somebody has to hear of. `fresh`: ids that the store has not. */
  async news(alerts: readonly Alert[], fresh: ReadonlySet<string>): Promise<readonly Alert[]> {
    if (alerts.length === 0) return alerts;
    const last = new Map(alerts.map((alert) => [alert.id, alert]));
    const takenOver = Map.groupBy(last.values(), ({ superseded_by: by }) => by);
    const isHeard = async (id: string): Promise<boolean> => {
      if (this.#heard.get(id) === true || (!fresh.has(id) && (await this.#isInStore(id)))) return true;
      for (const { id: other } of takenOver.get(id) ?? []) if (other !== id && (await isHeard(other))) return true;
      return false;
    };
    const news: Alert[] = [];
    for (const alert of last.values()) {
      const { id, superseded_by: by, continues } = alert;
      if (by !== undefined) continue;
      const wasHeard = await isHeard(id);
      if (!wasHeard && continues !== undefined) continue;
      this.#heard.set(id, true);
      if (!wasHeard) news.push(alert);
    }
    return news;
  }

  async #isInStore(id: string): Promise<boolean> {
    const [found] = await this.#store.alerts({ id, limit: 1 });
    return found !== undefined && (found.alert.continues === undefined || found.notifications.length > 0);
  }
}

const ALERTS_LIMIT = 50_000;
