/** An event met a detection that a correlation counts. */
export interface Hit {
  /** Index of the correlation in the rule set. */
  readonly correlation: number;
  /** Index into the correlation's `rules`, then its `knownBy`: the same access counts once for each. */
  readonly base: number;
  /** Values of the group-by fields, in their order; '' stands for an absent one. */
  readonly group: readonly string[];
  /** value_count: the value of its field. */
  readonly value?: string;
  /** Microseconds since 1970. */
  readonly timeUs: number;
  /** 32 hex digits: what is counted. */
  readonly accessId: string;
  /** 32 hex digits: the document behind it. */
  readonly eventId: string;
}
