import type { FrameOutput } from '../../core/source-format.ts';
import type { FollowLimits } from './follow-options.ts';
import { newOutput, takeOutput } from './output.ts';

/** What gathers until it is worth handing on. */
export class Batch {
  readonly out: FrameOutput = newOutput();
  readonly #limits: FollowLimits;
  #bytes = 0;
  #startedAt: number | undefined;

  constructor(limits: FollowLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.out.records.length === 0 && this.out.rejections.length === 0;
  }

  /** `bytes` more were framed: is it time to hand on? */
  isFullAfter(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.isEmpty) return false;
    const now = performance.now();
    this.#startedAt ??= now;
    return (
      this.out.records.length >= this.#limits.batchRecords ||
      this.#bytes >= this.#limits.batchBytes ||
      now - this.#startedAt >= this.#limits.batchMs
    );
  }

  take(): FrameOutput {
    this.#bytes = 0;
    this.#startedAt = undefined;
    return takeOutput(this.out) ?? newOutput();
  }
}
