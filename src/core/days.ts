/** Events of one UTC day, as a store has them. */
export interface StoredDay {
  /** Days since 1970. */
  readonly day: number;
  /** In the database, among what is new. */
  readonly open: number;
  /** In sealed files, of `bytes` together. */
  readonly sealed: number;
  readonly files: number;
  readonly bytes: number;
}

/** A day that retention deleted. One day may be deleted again, when more of it came later. */
export interface Deletion {
  /** Days since 1970. */
  readonly day: number;
  readonly events: number;
  /** Milliseconds since 1970: when it was deleted. */
  readonly atMs: number;
  /** The configured retention that asked for it, as `400d`. */
  readonly setting: string;
}

/** What sealing and deleting a day have done so far: after a kill behind any of these a day's events are there once, or not at all. */
export const SEAL_STEPS = ['exported', 'written', 'synced', 'ids renamed', 'renamed', 'recorded', 'cleaned'] as const;
export const DELETE_STEPS = ['deletion recorded', 'files removed'] as const;
export type DayStep = (typeof SEAL_STEPS)[number] | (typeof DELETE_STEPS)[number];

/** Old days of a store. One call at a time; commits and questions go on meanwhile. */
export interface DayStore {
  /**
   * Moves what the database holds of a day into sealed files, which are added to those that the day has. The events
   * moved. With the signal it ends at once: what is not moved yet stays where it is.
   */
  sealDay(day: number, signal?: AbortSignal): Promise<number>;
  /**
   * Makes a complete day quick to ask about, if it is not; what is asked has the same answer without. Whether it was done: an
   * event that comes meanwhile, or later, undoes it.
   */
  indexDay(day: number): Promise<boolean>;
  /** Deletes all events of a day, and records it. */
  deleteDay(deletion: Omit<Deletion, 'events'>): Promise<Deletion>;
}
