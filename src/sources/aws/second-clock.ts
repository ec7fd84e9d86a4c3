import { parseTimeUs } from '../../lib/time.ts';

/** `2023-07-10T11:42:` */
const MINUTE_BYTES = 17;
const LENGTH = 20;

/** Reads times as CloudTrail writes them, `2023-07-10T11:42:36Z`, out of bytes: most are in the minute of the one before. */
export class SecondClock {
  readonly #minute = new Uint8Array(MINUTE_BYTES);
  #minuteUs: number | undefined;

  /** Microseconds since 1970; undefined where it is written in another way, or none. */
  timeUs(bytes: Uint8Array, at: number, length: number): number | undefined {
    if (length !== LENGTH || bytes[at + 19] !== UPPER_Z) return undefined;
    const tens = (bytes[at + MINUTE_BYTES] ?? 0) - ZERO;
    const ones = (bytes[at + MINUTE_BYTES + 1] ?? 0) - ZERO;
    if (!(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) return undefined;
    if (!this.#isSameMinute(bytes, at)) this.#learn(bytes, at);
    return this.#minuteUs === undefined ? undefined : this.#minuteUs + (tens * 10 + ones) * 1_000_000;
  }

  #isSameMinute(bytes: Uint8Array, at: number): boolean {
    for (let index = MINUTE_BYTES - 1; index >= 0; index--) {
      if (bytes[at + index] !== this.#minute[index]) return false;
    }
    return true;
  }

  #learn(bytes: Uint8Array, at: number): void {
    this.#minute.set(bytes.subarray(at, at + MINUTE_BYTES));
    const text = Buffer.from(this.#minute).toString('latin1');
    this.#minuteUs = text[10] === 'T' ? parseTimeUs(`${text}00Z`) : undefined;
  }
}

const ZERO = 0x30;
const UPPER_Z = 0x5a;
