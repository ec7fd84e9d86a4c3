import type { CommitReceipt } from '../core/ports.ts';

/** Is told what the stages do, for whoever watches them. */
export interface Meter {
  /** A batch of a source was acknowledged. */
  collected(source: string, facts: { readonly records: number; readonly rejections: number }): void;
  detected(facts: { readonly events: number; readonly hits: number; readonly rejections: number }): void;
  /** Alerts that were written, new and grown ones; `memory`: hits that a partition remembers. */
  correlated(facts: { readonly alerts: number; readonly partition: number; readonly memory: number }): void;
  stored(
    receipt: CommitReceipt,
    facts: { readonly seconds: number; readonly rejections: number; readonly alerts: number },
  ): void;
  published(topic: string, messages: number): void;
  /** `ms`: how long they took, with their commit. */
  taken(group: string, facts: { readonly topic: string; readonly messages: number; readonly ms: number }): void;
  /** By partition: messages that the group has left to work on, whoever holds it. */
  lag(group: string, topic: string, messages: readonly number[]): void;
  /** Partitions that this worker's member of the group holds; undefined while it is none. */
  held(group: string, partitions: readonly number[] | undefined): void;
  /** The worker begins to wait for these before it is ready. */
  expects(groups: readonly string[]): void;
}
