/** Where a hit is counted, and as what. */
export interface HitPlace {
  /** Index of the correlation in the rule set. */
  readonly correlation: number;
  /** Index into the correlation's `rules`, then its `knownBy`: the same access counts once for each. */
  readonly base: number;
  /** Values of the group-by fields, in their order; '' stands for an absent one. */
  readonly group: readonly string[];
  /** value_count, anomaly: the value of its field. */
  readonly value?: string;
  /** value_sum, value_avg, value_percentile: the number in their field. */
  readonly amount?: number;
  /** What correlations over this one count if the hit opens an alert of it. */
  readonly carried?: readonly HitPlace[];
}

/** An event met a detection that a correlation counts. */
export interface Hit extends HitPlace {
  /** Microseconds since 1970. */
  readonly timeUs: number;
  /** 32 hex digits: what is counted. */
  readonly accessId: string;
  /** 32 hex digits: the document behind it. */
  readonly eventId: string;
}
