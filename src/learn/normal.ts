import type { Observation } from '../core/event.ts';
import { DAY_US } from '../lib/time.ts';
import { networksOf } from './networks.ts';

/** What reading one secret usually looks like. */
export interface NormalSecret {
  readonly secret: string;
  readonly environment: string | undefined;
  /** Identities, most reads first. */
  readonly readers: readonly (readonly [string, number])[];
  /** Reads that gave it away. */
  readonly reads: number;
  /** On the days of the window from the first read of anything on, those without a read too. */
  readonly daily: { readonly least: number; readonly median: number; readonly most: number };
  /** Hours of the day (UTC, 0 to 23) in which it was read. */
  readonly hours: readonly number[];
  readonly networks: readonly string[];
}

/** Beyond these only what is known already is counted. */
const SECRETS_LIMIT = 100_000;
const VALUES_LIMIT = 1_000;

/** Gathers what is normal from successful reads, in any order. */
export class NormalObserver {
  readonly #secrets = new Map<string, Seen>();
  readonly #fromUs: number;
  readonly #days: number;
  /** The first day of the window on which anything was read. */
  #firstDay = Number.POSITIVE_INFINITY;

  constructor({ fromUs, toUs }: { readonly fromUs: number; readonly toUs: number }) {
    this.#fromUs = fromUs;
    this.#days = Math.max(1, Math.ceil((toUs - fromUs) / DAY_US));
  }

  add({ event, timeUs }: Observation): void {
    const { access, secret, actor, environment } = event.whosaw;
    if (access.kind !== 'read' || event.event.outcome !== 'success' || secret === undefined) return;
    const seen = this.#seen(secret.id);
    if (seen === undefined) return;
    seen.environment = environment ?? seen.environment;
    seen.reads += 1;
    count(seen.readers, actor?.id ?? 'unknown');
    count(seen.addresses, event.source?.ip ?? '');
    seen.hours.add(new Date(timeUs / 1_000).getUTCHours());
    const day = Math.floor((timeUs - this.#fromUs) / DAY_US);
    this.#firstDay = Math.min(this.#firstDay, day);
    count(seen.days, day);
  }

  /** Most read first. */
  get normal(): readonly NormalSecret[] {
    return Array.from(this.#secrets, ([secret, seen]) => ({
      secret,
      environment: seen.environment,
      readers: mostFirst(seen.readers),
      reads: seen.reads,
      daily: this.#dailyOf(seen.days),
      hours: [...seen.hours].toSorted((a, b) => a - b),
      networks: networksOf(seen.addresses.keys()),
    })).toSorted((a, b) => b.reads - a.reads || (a.secret < b.secret ? -1 : 1));
  }

  #seen(secret: string): Seen | undefined {
    const known = this.#secrets.get(secret);
    if (known !== undefined || this.#secrets.size >= SECRETS_LIMIT) return known;
    const fresh: Seen = {
      environment: undefined,
      reads: 0,
      readers: new Map(),
      addresses: new Map(),
      hours: new Set(),
      days: new Map(),
    };
    this.#secrets.set(secret, fresh);
    return fresh;
  }

  #dailyOf(days: ReadonlyMap<number, number>): NormalSecret['daily'] {
    const length = Math.max(1, this.#days - this.#firstDay);
    const counts = Array.from({ length }, (_, at) => days.get(this.#firstDay + at) ?? 0).toSorted((a, b) => a - b);
    const [least = 0] = counts;
    return { least, median: counts[Math.floor((counts.length - 1) / 2)] ?? 0, most: counts.at(-1) ?? 0 };
  }
}

interface Seen {
  environment: string | undefined;
  reads: number;
  readonly readers: Map<string, number>;
  readonly addresses: Map<string, number>;
  readonly hours: Set<number>;
  readonly days: Map<number, number>;
}

function count<K>(counts: Map<K, number>, key: K): void {
  const known = counts.get(key) ?? 0;
  if (known > 0 || counts.size < VALUES_LIMIT) counts.set(key, known + 1);
}

function mostFirst(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return Array.from(counts).toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
}
