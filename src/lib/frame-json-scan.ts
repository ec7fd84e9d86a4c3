/** Deeper JSON is taken for broken: no audit record is, and whoever walks a record may recurse. */
export const MAX_DEPTH = 1_024;

/**
 * `open`: the bytes ended inside the object. `whole`: it ended. `broken`: it can't be JSON. `records`: the object is an
 * envelope, and its list of records starts here.
 */
export type ScanEnd = 'open' | 'whole' | 'broken' | 'records';

/**
 * Follows one JSON object byte by byte, and remembers where it was, so that no byte is looked at twice. Checks what
 * tells a cut-off object from one that goes on: the order of keys, colons, commas and brackets, and control characters
 * in strings. Numbers, literals and escapes are left to JSON.parse.
 */
export class ObjectScanner {
  /** Behind the last byte that was looked at; for `broken` the byte that can't be there. */
  position = 0;
  #state = VALUE;
  #depth = 0;
  /** The byte before was a backslash in a string. */
  #escaped = false;
  #keyHasEscape = false;
  /** The outermost object's current key is `Records` or `records`. */
  #isRecords = false;
  #findsRecords = true;
  /** Which of the open brackets are objects. */
  readonly #isObject = new Uint8Array(MAX_DEPTH + 1);

  /** The next byte is an object's brace. */
  startObject(): void {
    this.#start(VALUE, 0);
  }

  /** The next byte is behind the list of an envelope. */
  startBehindRecords(): void {
    this.#start(AFTER, 1);
    this.#isObject[1] = 1;
  }

  /** From now on bytes are forgotten between two scans, so that keys can't be compared. */
  forget(): void {
    this.#findsRecords = false;
  }

  #start(state: number, depth: number): void {
    this.#state = state;
    this.#depth = depth;
    this.#escaped = false;
    this.#isRecords = false;
    this.#findsRecords = true;
  }

  /** Looks at data[from, to). One loop without calls: every byte of a source passes through it. */
  scan(data: Buffer, from: number, to: number): ScanEnd {
    const isObject = this.#isObject;
    let state = this.#state;
    let depth = this.#depth;
    let at = from;
    let end: ScanEnd = 'open';
    while (at < to) {
      if (state <= IN_VALUE) {
        if (this.#escaped) {
          if ((data[at] as number) < FIRST_PRINTABLE) {
            end = 'broken';
            break;
          }
          this.#escaped = false;
          at++;
        }
        while (at < to && IS_PLAIN[data[at] as number] === 1) at++;
        if (at === to) break;
        if (data[at] === BACKSLASH) {
          this.#escaped = true;
          if (state === IN_KEY) this.#keyHasEscape = true;
        } else if (data[at] === QUOTE) {
          if (state === IN_KEY && depth === 1) {
            this.#isRecords = this.#findsRecords && !this.#keyHasEscape && isRecordsKey(data, at);
          }
          state = state === IN_KEY ? COLON : AFTER;
        } else {
          end = 'broken';
          break;
        }
        at++;
        continue;
      }
      const next = NEXT[(state << 4) | (CLASS[data[at] as number] as number)] as number;
      if (next < COMMA_ACTION) {
        state = next;
        if (next === IN_KEY) this.#keyHasEscape = false;
      } else if (next === COMMA_ACTION) {
        state = isObject[depth] === 1 ? KEY : VALUE;
      } else if (next === OPEN_OBJECT || next === OPEN_ARRAY) {
        const opensArray = next === OPEN_ARRAY;
        if (opensArray && depth === 1 && this.#isRecords) {
          at++;
          end = 'records';
          break;
        }
        if (depth === MAX_DEPTH) {
          end = 'broken';
          break;
        }
        depth++;
        isObject[depth] = opensArray ? 0 : 1;
        state = opensArray ? FIRST_VALUE : FIRST_KEY;
      } else if (next === BROKEN || isObject[depth] !== (next === CLOSE_OBJECT ? 1 : 0)) {
        end = 'broken';
        break;
      } else {
        depth--;
        state = AFTER;
        if (depth === 0) {
          at++;
          end = 'whole';
          break;
        }
      }
      at++;
    }
    this.#state = state;
    this.#depth = depth;
    this.position = at;
    return end;
  }
}

const FIRST_PRINTABLE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= FIRST_PRINTABLE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** States inside a string; then those that say what may come. */
const IN_KEY = 0;
const IN_VALUE = 1;
const VALUE = 2;
const FIRST_VALUE = 3;
const KEY = 4;
const FIRST_KEY = 5;
const COLON = 6;
/** A comma or a closing bracket; in a number or literal also more of it. */
const AFTER = 7;
const IN_WORD = 8;
/** What a byte does where the next state depends on the open brackets. */
const COMMA_ACTION = 9;
const OPEN_OBJECT = 10;
const OPEN_ARRAY = 11;
const CLOSE_OBJECT = 12;
const CLOSE_ARRAY = 13;
const BROKEN = 14;

/** Classes of bytes; 0 is any other. */
const CLASS_CHARS = ['', ' \t\n\r', '"', ':', ',', '{', '[', '}', ']', /[-+.0-9a-zA-Z]/];
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  const found = CLASS_CHARS.findIndex((chars) => (typeof chars === 'string' ? chars.includes(char) : chars.test(char)));
  return Math.max(found, 0);
});

const X = BROKEN;
/** Next state or action: a row for each state, a column for each class. */
const NEXT = Uint8Array.from(
  [
    // other, blank, quote, colon, comma, {, [, }, ], word
    /* IN_KEY      */ [X, X, X, X, X, X, X, X, X, X],
    /* IN_VALUE    */ [X, X, X, X, X, X, X, X, X, X],
    /* VALUE       */ [X, VALUE, IN_VALUE, X, X, OPEN_OBJECT, OPEN_ARRAY, X, X, IN_WORD],
    /* FIRST_VALUE */ [X, FIRST_VALUE, IN_VALUE, X, X, OPEN_OBJECT, OPEN_ARRAY, X, CLOSE_ARRAY, IN_WORD],
    /* KEY         */ [X, KEY, IN_KEY, X, X, X, X, X, X, X],
    /* FIRST_KEY   */ [X, FIRST_KEY, IN_KEY, X, X, X, X, CLOSE_OBJECT, X, X],
    /* COLON       */ [X, COLON, X, VALUE, X, X, X, X, X, X],
    /* AFTER       */ [X, AFTER, X, X, COMMA_ACTION, X, X, CLOSE_OBJECT, CLOSE_ARRAY, X],
    /* IN_WORD     */ [X, AFTER, X, X, COMMA_ACTION, X, X, CLOSE_OBJECT, CLOSE_ARRAY, IN_WORD],
  ].flatMap((row) => [...row, X, X, X, X, X, X]),
);

/** `"Records` or `"records` stands before the quote: as the key has no escape, its first quote is the opening one. */
function isRecordsKey(data: Buffer, quote: number): boolean {
  if (data[quote - 8] !== QUOTE) return false;
  const key = data.toString('latin1', quote - 7, quote);
  return key === 'Records' || key === 'records';
}
