import type { Hit } from '../core/hit.ts';
import { DEFAULT_FACTOR, bucketsOf, threshold, type Correlation } from '../core/rule.ts';
import type { BucketGroup, Horizon } from './bucket-group.ts';
import { extendEpisode, openEpisode, type Episode, type HitRef } from './episode.ts';

/**
 * A bucket with far more than the group's own past knows: at least `condition`, and `factor` times what is usual, which is
 * the second highest bucket within the history (docs/decisions/anomaly.md). It opens at the hit that was too many. Of
 * neighbours, each goes on from the one before.
 */
export function anomaly(rule: Correlation): BucketGroup {
  return new AnomalyBuckets(rule);
}

interface Past {
  readonly bucket: number;
  readonly amount: number;
}

interface Current {
  readonly bucket: number;
  /** undefined: too little is known of the past. */
  readonly usual: number | undefined;
  readonly limit: number;
  /** All of the bucket. */
  hits: Episode | undefined;
  /** The one that was too many. */
  opening: HitRef | undefined;
}

class AnomalyBuckets implements BucketGroup {
  readonly #spanUs: number;
  readonly #history: number;
  /** Buckets that lie between the first one that counts and the one in question. */
  readonly #settle: number;
  readonly #least: number;
  readonly #factor: number;
  readonly #isOfValues: boolean;
  /** Not empty ones, in order. */
  #past: Past[] = [];
  #current: Current | undefined;
  /** Accesses of this bucket and of the one before: several events tell of some. */
  #accesses = new Set<string>();
  #accessesBefore = new Set<string>();
  readonly #episodes: Episode[] = [];
  #lastBucket = Number.NEGATIVE_INFINITY;

  constructor(rule: Correlation) {
    const { timespanMs, historyMs = 0, settleMs = historyMs / 2, condition, factor = DEFAULT_FACTOR, field } = rule;
    this.#spanUs = timespanMs * 1_000;
    this.#history = bucketsOf(rule);
    this.#settle = Math.max(1, Math.ceil(settleMs / timespanMs));
    this.#least = threshold(condition);
    this.#factor = factor;
    this.#isOfValues = field !== undefined;
  }

  add({ timeUs, eventId, accessId, base, value }: Hit): void {
    const bucket = Math.floor(timeUs / this.#spanUs);
    const access = `${base}:${accessId}`;
    if (this.#current?.bucket !== bucket) this.#begin(bucket);
    if (this.#accesses.has(access) || this.#accessesBefore.has(access)) return;
    this.#accesses.add(access);
    const ref: HitRef = value === undefined ? { timeUs, eventId, base } : { timeUs, eventId, base, value };
    this.#count(ref);
  }

  finish({ closedUs }: Horizon): readonly Episode[] {
    const { bucket = 0 } = this.#current ?? {};
    if ((bucket + 1) * this.#spanUs <= closedUs) this.#end();
    return this.#episodes;
  }

  #begin(bucket: number): void {
    this.#end();
    const isNext = bucket === this.#lastBucket + 1;
    this.#accessesBefore = isNext ? this.#accesses : new Set();
    this.#accesses = new Set();
    this.#lastBucket = bucket;
    const usual = this.#usual(bucket);
    const limit =
      usual === undefined ? Number.POSITIVE_INFINITY : Math.max(this.#least, Math.ceil(usual * this.#factor));
    this.#current = { bucket, usual, limit, hits: undefined, opening: undefined };
  }

  #count(ref: HitRef): void {
    const current = this.#current;
    if (current === undefined) return;
    if (current.hits === undefined) current.hits = openEpisode([ref], ref, undefined);
    else extendEpisode(current.hits, ref);
    if (current.opening === undefined && this.#amountOf(current.hits) >= current.limit) current.opening = ref;
  }

  #amountOf({ count, values }: Episode): number {
    return this.#isOfValues ? (values?.size ?? 0) : count;
  }

  #end(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current?.hits === undefined) return;
    const { bucket, hits, opening, usual = 0 } = current;
    const amount = this.#amountOf(hits);
    this.#past.push({ bucket, amount });
    if (opening === undefined) return;
    const facts = { kind: 'anomaly', fromUs: bucket * this.#spanUs, amount, usual } as const;
    const before = this.#episodes.at(-1);
    const isNext = before?.facts?.kind === 'anomaly' && before.facts.fromUs === facts.fromUs - this.#spanUs;
    this.#episodes.push({ ...hits, opening, continues: isNext ? before.opening : undefined, facts });
  }

  /** The second highest of the buckets within the history, empty ones too, since the group's first hit. */
  #usual(bucket: number): number | undefined {
    const oldest = bucket - this.#history;
    const gone = this.#past.findIndex((past) => past.bucket >= oldest);
    this.#past = gone === -1 ? [] : this.#past.slice(gone);
    const [first] = this.#past;
    if (first === undefined || bucket - first.bucket < this.#settle) return undefined;
    let highest = 0;
    let second = 0;
    for (const { amount } of this.#past) {
      if (amount > highest) {
        second = highest;
        highest = amount;
      } else if (amount > second) second = amount;
    }
    return second;
  }
}
