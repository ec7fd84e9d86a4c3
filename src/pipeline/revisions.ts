import type { Alert } from '../core/alert.ts';
import type { AccessReader } from '../core/access-reader.ts';
import { sha256 } from '../lib/hash.ts';
import { RecentMap } from '../lib/recent-map.ts';

/** Alerts of which is remembered how they were written last; of others the store is asked. */
const ALERTS_LIMIT = 20_000;

interface Revision {
  readonly version: number;
  readonly content: string;
  /** Another alert took this one over. */
  readonly isTaken: boolean;
}

export interface Revised {
  /** Without those that another one knew better. */
  readonly valid: readonly Alert[];
  /** Those that say something new, each above what was said before. */
  readonly news: readonly Alert[];
}

/**
 * Of several versions of an alert the highest counts, but what is known last must: an alert that was taken back may hold
 * after all, and may have fewer hits than it had. So each is written above what was written of it before.
 */
export class Revisions {
  readonly #store: Pick<AccessReader, 'alerts'>;
  readonly #last = new RecentMap<Revision>(ALERTS_LIMIT);

  constructor(store: Pick<AccessReader, 'alerts'>) {
    this.#store = store;
  }

  /** Alerts as the store had them at some time. */
  learn(stored: readonly Alert[]): void {
    for (const alert of stored) {
      const known = this.#last.get(alert.id);
      if (known === undefined || known.version < alert.version) this.#set(alert, contentOf(alert));
    }
  }

  /** Of alerts in the order in which they became known, what counts. */
  async above(alerts: readonly Alert[]): Promise<Revised> {
    const unknown = alerts.filter(({ id }) => this.#last.get(id) === undefined);
    if (unknown.length > 0) {
      const ids = Array.from(new Set(unknown.map(({ id }) => id)));
      const found = await this.#store.alerts({ ids, limit: ids.length });
      this.learn(found.map(({ alert }) => alert));
    }
    const valid: Alert[] = [];
    const news: Alert[] = [];
    for (const alert of alerts) {
      const known = this.#last.get(alert.id);
      const content = contentOf(alert);
      // Who took it over is known: who knows less, or another one, looked at less. From that one the way leads on.
      if (known?.isTaken === true && known.content !== content && alert.superseded_by !== undefined) continue;
      valid.push(alert);
      if (known?.content === content) continue;
      const version = known === undefined ? alert.version : Math.max(alert.version, known.version + 1);
      const revised = version === alert.version ? alert : { ...alert, version };
      this.#set(revised, content);
      news.push(revised);
    }
    return { valid, news };
  }

  #set({ id, version, superseded_by: by }: Alert, content: string): void {
    this.#last.set(id, { version, content, isTaken: by !== undefined && by !== id });
  }
}

/** Other rules of the same set do not change what an alert says. */
function contentOf(alert: Alert): string {
  return sha256(JSON.stringify({ ...alert, version: 0, rules_version: '' }));
}
