type Take = (line: Buffer, offset: number) => void;
type TooLong = (offset: number, length: number) => void;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a stream of bytes into lines. Each byte is looked at once, however the stream is chunked; blank lines are passed
 * over; a line over the limit is skipped without being kept, and its place told when its end is known.
 */
export class LineCutter {
  #parts: Buffer[] = [];
  #pendingBytes = 0;
  #skipping = false;
  #offset: number;
  readonly #limitBytes: number;

  constructor(offset: number, limitBytes: number) {
    this.#offset = offset;
    this.#limitBytes = limitBytes;
  }

  /** Byte offset of the first byte that is not out yet. */
  get offset(): number {
    return this.#offset;
  }

  /** A line is only valid inside the callback. */
  push(bytes: Buffer, take: Take, tooLong: TooLong): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#finish(bytes.subarray(start, end), 1, take, tooLong);
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  /** The stream is over: what is left is a line without its newline. */
  end(take: Take, tooLong: TooLong): void {
    if (this.#pendingBytes > 0) this.#finish(EMPTY, 0, take, tooLong);
  }

  #keep(rest: Buffer): void {
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > this.#limitBytes) {
      this.#skipping = true;
      this.#parts = [];
    }
    if (!this.#skipping) this.#parts.push(Buffer.from(rest));
  }

  #finish(tail: Buffer, newlineBytes: number, take: Take, tooLong: TooLong): void {
    const offset = this.#offset;
    const length = this.#pendingBytes + tail.length;
    if (this.#skipping || length > this.#limitBytes) tooLong(offset, length);
    else {
      const line = trimEnd(this.#parts.length === 0 ? tail : Buffer.concat([...this.#parts, tail], length));
      if (!isBlank(line)) take(line, offset);
    }
    this.#parts = [];
    this.#pendingBytes = 0;
    this.#skipping = false;
    this.#offset = offset + length + newlineBytes;
  }
}

const EMPTY = Buffer.alloc(0);

function trimEnd(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09) return false;
  return true;
}
