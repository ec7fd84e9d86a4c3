/** One of these texts, folded, must be the field's value as a whole, or a part of it. */
export interface Need {
  /** A vendor's field, by the name that rules have for it. */
  readonly field: string;
  readonly as: 'whole' | 'part';
  readonly texts: readonly string[];
}

/** A way to meet a rule: all of these needs, and maybe more. */
export type Way = readonly Need[];

/**
 * Tells records that no rule can be about, by their bytes, and counts them without parsing. A framer asks it before it
 * does its own work.
 */
export interface Sieve {
  /** The bytes that `take` speaks of; they change with each call. */
  look(data: Buffer): void;
  /**
   * Index behind the record at `index`, which is at `offset` of its file, and behind those that follow it with nothing
   * but commas and blanks between them, as far as the sieve has noted all that has to be known of them; -1 where the
   * framer has to see to the first.
   */
  take(index: number, offset: number): number;
}
