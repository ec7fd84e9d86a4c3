export interface RegionOptions {
  /** What could not be read: an object that broke, anything else, or what broke an object over the limit. */
  readonly kind: 'object' | 'garbage' | 'too-long';
  readonly start: number;
  /** On the top level the region ends with the line of this byte. */
  readonly brokeAt: number;
  /** The object broke because its line or the stream ended. */
  readonly cutOff: boolean;
}

/** The bytes at hand: data[0] is at the offset `base`. */
export interface Window {
  readonly data: Buffer;
  readonly base: number;
  /** No more bytes will come. */
  readonly isFinal: boolean;
}

export interface Found {
  /** The begin of an object, or where the region ends without one. */
  readonly what: 'object' | 'end';
  readonly at: number;
}

/** Input that can't be read, until a record is found behind or in it. All offsets are absolute. */
export class Region {
  readonly start: number;
  /** Where the search for a record goes on. */
  cursor: number;
  readonly #options: RegionOptions;
  #wastedBytes = 0;
  #lineEnd: number | undefined;
  #searchedTo: number;

  constructor(options: RegionOptions) {
    this.#options = options;
    this.start = options.start;
    this.cursor = options.kind === 'object' ? options.start + 1 : options.brokeAt;
    this.#searchedTo = options.brokeAt;
  }

  /** An object at `from` was none: it broke at `at`. Records may hide in it, but no byte is scanned many times for them. */
  skip(from: number, at: number): void {
    this.#wastedBytes += at - from;
    const isWorthIt = this.#wastedBytes < SEARCHES_LIMIT * (at - this.start) + SLACK_BYTES;
    this.cursor = isWorthIt ? from + 1 : Math.max(from + 1, at);
  }

  /** The next brace with a key behind it, on the top level in the same line; undefined: not known yet. */
  search(window: Window, isTop: boolean): Found | undefined {
    const { data, base, isFinal } = window;
    const lineEnd = isTop ? this.lineEnd(window) : undefined;
    for (;;) {
      const index = data.indexOf(OPEN_OBJECT, Math.max(0, this.cursor - base));
      this.cursor = index === -1 ? base + data.length : base + index;
      if (lineEnd !== undefined && this.cursor >= lineEnd) return { what: 'end', at: lineEnd };
      if (index === -1) return isFinal ? { what: 'end', at: this.cursor } : undefined;
      const key = hasKey(window, index);
      if (key === undefined) return undefined;
      if (key) return { what: 'object', at: this.cursor };
      this.cursor++;
    }
  }

  /** The first newline at or behind the break, where it is known. Each byte is looked at once. */
  lineEnd({ data, base }: Window): number | undefined {
    if (this.#lineEnd === undefined && this.#searchedTo < base + data.length) {
      const index = data.indexOf(NEWLINE, Math.max(0, this.#searchedTo - base));
      if (index !== -1) this.#lineEnd = base + index;
      this.#searchedTo = base + data.length;
    }
    return this.#lineEnd;
  }

  /** `cutOff`: a record or the end of the stream followed. */
  reason(cutOff: boolean): 'not-json' | 'truncated' | 'too-long' {
    const { kind } = this.#options;
    if (kind === 'too-long') return 'too-long';
    return kind === 'object' && (cutOff || this.#options.cutOff) ? 'truncated' : 'not-json';
  }
}

/** A region may cost as much as reading it so many times. */
const SEARCHES_LIMIT = 32;
const SLACK_BYTES = 1 << 16;
/** A brace and its first key are not further apart in any file that somebody meant to write. */
const BLANKS_LIMIT = 64;

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;

function hasKey({ data, isFinal }: Window, brace: number): boolean | undefined {
  for (let at = brace + 1; at <= brace + BLANKS_LIMIT; at++) {
    const byte = data[at];
    if (byte === undefined) return isFinal ? false : undefined;
    if (byte === QUOTE) return true;
    if (byte !== 0x20 && byte !== NEWLINE && byte !== 0x0d && byte !== 0x09) return false;
  }
  return false;
}
