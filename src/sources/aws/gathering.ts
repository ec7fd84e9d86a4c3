import type { FrameOutput } from '../../core/source-format.ts';
import { newOutput, takeOutput } from '../files/output.ts';

const RECORDS = 2_000;
/** Of uncompressed content; what is larger goes out at once. */
const ROUNDS = 32;

/** Records of many small files, until they are worth handing on. */
export class Gathering {
  readonly out: FrameOutput = newOutput();
  #rounds = 0;

  /** A chunk of a file more was framed. */
  get isFull(): boolean {
    this.#rounds += 1;
    return this.out.records.length >= RECORDS || (this.#rounds >= ROUNDS && !this.isEmpty);
  }

  get isEmpty(): boolean {
    return this.out.records.length === 0 && this.out.rejections.length === 0;
  }

  take(): FrameOutput {
    this.#rounds = 0;
    return takeOutput(this.out) ?? newOutput();
  }
}
