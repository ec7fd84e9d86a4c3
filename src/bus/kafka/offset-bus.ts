import type { Bus } from '../../core/bus.ts';

/** What a member of a group needs of the bus. */
export interface OffsetBus extends Pick<Bus, 'publish' | 'bounds' | 'committed'> {
  /** The first offset of the partition that was appended since then; -1 where there is none. */
  offsetSince(topic: string, partition: number, sinceMs: number): Promise<number>;
}

/** Is told what happens, for metrics. */
export interface BusObserver {
  published(topic: string, messages: number): void;
  /** `ms`: how long they took, with their commit. */
  taken(group: string, facts: { readonly topic: string; readonly messages: number; readonly ms: number }): void;
  /** Partitions that this member of the group holds; undefined while it is none. */
  held(group: string, partitions: readonly number[] | undefined): void;
}
