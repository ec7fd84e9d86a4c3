/** A message to be published. */
export interface OutMessage {
  readonly topic: string;
  readonly partition: number;
  readonly key?: string;
  /** null deletes the key from a compacted topic. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface InMessage {
  readonly offset: number;
  readonly key: string | undefined;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970: when the broker appended it. */
  readonly appendedMs: number;
}

/** Messages of one partition in their order; never empty. */
export interface BusBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly InMessage[];
  /** There was nothing behind it when it was read. */
  readonly isCaughtUp: boolean;
}

/**
 * The topics between the stages. Every topic that one group reads has as many partitions as the others, and a partition of
 * all of them belongs to one member of the group at a time.
 */
export interface Bus {
  /** Resolves when all in-sync replicas have them; in order within a partition. Throws BUS_UNAVAILABLE, or BUS_REFUSED for what no broker takes. */
  publish(messages: readonly OutMessage[]): Promise<void>;
  /**
   * Joins the group and works on the partitions that it is given until the signal; then finishes what is in hand and
   * leaves. Waits for a broker that is away. Throws what cannot be mended by waiting.
   */
  consume(options: ConsumeOptions, signal: AbortSignal): Promise<void>;
  /** By partition: its first offset, and the one behind its last message. */
  bounds(topic: string): Promise<readonly Bounds[]>;
  /** By partition, where the group goes on; its first offset where it has not begun. */
  committed(group: string, topic: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface Bounds {
  readonly first: number;
  readonly end: number;
}

export interface ConsumeOptions {
  readonly group: string;
  /** Read from where the group's commits ended. */
  readonly topics: readonly string[];
  /** Only read through `Claim.replay`. */
  readonly replayed?: readonly string[];
  /** Called for each partition that this member is given: again after a rebalance, and after `take` has failed. */
  readonly open: (claim: Claim) => Promise<PartitionReader>;
}

/** What one member holds until the next rebalance: a partition of all topics of the group. */
export interface Claim {
  readonly partition: number;
  /** Aborts when the claim is over. */
  readonly signal: AbortSignal;
  /** Where the group's commits in this partition ended. */
  committed(topic: string): number;
  /** Like Bus.publish, but only while the claim is held: throws BUS_CLAIM_LOST otherwise. */
  publish(messages: readonly OutMessage[]): Promise<void>;
  /** Messages of a replayed topic's partition, from the offset to its end as it is now. Only while `open` runs. */
  replay(topic: string, from: number): AsyncIterable<readonly InMessage[]>;
  /** The first offset of what was appended since then; the end where there is none. */
  offsetSince(topic: string, sinceMs: number): Promise<number>;
  /** What works beside `take` broke: the partition is given back and opened again. */
  fail(error: unknown): void;
}

export interface PartitionReader {
  /** By topic, where reading begins instead of at the commit. What lies before the commit is never committed. */
  readonly from?: ReadonlyMap<string, number>;
  /**
   * One batch of a topic after the other. When it resolves, the offset behind the batch is committed: all that follows from
   * it must be acknowledged by then. When it throws, the partition is closed, and after a pause opened again.
   */
  take(batch: BusBatch): Promise<void>;
  /** The claim is over. */
  close(): Promise<void>;
}
