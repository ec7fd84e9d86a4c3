/** No JSON of this length is nested deeper than the scanner allows, so that a guess is as good as a scan. */
export const GUESS_LIMIT_BYTES = 2_048;

/**
 * Guesses where a record ends, by a search that costs a tenth of a scan: on the top level at the end of its line, inside
 * a list where the next record's first key begins like this one's. Whoever asks must try: an object that parses up to
 * the guess can end nowhere else.
 */
export class EndGuess {
  #opening: Buffer | undefined;
  #credit = CREDIT;

  /** Index behind the object that starts at `start`, or -1 where there is no telling. */
  guess(data: Buffer, start: number, isTop: boolean): number {
    const sought = isTop ? NEWLINE : this.#opening;
    if (sought === undefined || this.#credit === 0) return -1;
    const found = data.subarray(start, start + GUESS_LIMIT_BYTES).indexOf(sought, 1);
    if (found === -1) return -1;
    let last = start + found - 1;
    while (isBetween(data[last])) last--;
    return data[last] === CLOSE_OBJECT ? last + 1 : -1;
  }

  /** A record of a list begins at `start`: the next ones will probably begin like it. */
  learn(data: Buffer, start: number): void {
    const colon = data.subarray(start, start + OPENING_LIMIT_BYTES).indexOf(COLON);
    this.#opening = colon === -1 ? undefined : Buffer.from(data.subarray(start, start + colon));
  }

  /** Wrong guesses cost time: they use up the credit that right ones earn. */
  judge(wasRight: boolean): void {
    this.#credit = wasRight ? CREDIT : this.#credit - 1;
  }
}

const CREDIT = 16;
const OPENING_LIMIT_BYTES = 64;
const NEWLINE = 0x0a;
const COLON = 0x3a;
const CLOSE_OBJECT = 0x7d;

function isBetween(byte: number | undefined): boolean {
  return byte === 0x2c || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
