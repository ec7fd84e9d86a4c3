import type { JsonObject, JsonValue } from '../core/json.ts';
import { isObject } from '../core/json.ts';
import type { Origin, RejectionReason, SourceType } from '../core/record.ts';
import type { FrameContext, FrameOutput, Framer } from '../core/source-format.ts';
import { EndGuess } from './frame-json-guess.ts';
import { HeldBytes } from './frame-json-held.ts';
import { MAX_DEPTH, ObjectScanner } from './frame-json-scan.ts';

/** What a source of JSON records says of them. */
export interface JsonFrameSpec {
  readonly type: SourceType;
  /** Longer records are rejected, and never held. */
  readonly limitBytes: number;
  /** Tells a record from the objects inside it: broken input is searched for the next one. */
  isRecord(record: JsonObject): boolean;
  /** Redacts the record, which is the framer's own, in place; gives its text: `text` itself where nothing was changed. */
  redact(record: JsonObject, text: string): string;
}

export const RECORD_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Cuts JSON records out of a stream, whatever holds them: `{"Records":[...]}` or `{"records":[...]}` (with other keys
 * around the list), arrays, a record a line, or one after the other over several lines, also mixed. After broken input
 * it goes on at the next record that it finds: on the top level in the same line or the next one, inside a list anywhere.
 */
export function frameJson(spec: JsonFrameSpec, context: FrameContext, state?: JsonValue): Framer {
  return new JsonFramer(spec, context, typeof state === 'string' && /^[[{]*$/.test(state) ? state : '');
}

/** Input that could not be read, until it is known where it ends. Offsets are absolute. */
interface Region {
  readonly start: number;
  readonly reason: 'object' | 'garbage' | 'too-long';
  /** The object broke here; on the top level the region ends with this line. */
  readonly brokeAt: number;
  /** It broke because its line or the stream ended. */
  readonly cutOff: boolean;
  /** Where to look for the next record. */
  cursor: number;
  /** Bytes that were scanned in vain. */
  wasted: number;
  /** The first newline at or behind `brokeAt`, or up to where there is none. */
  lineEnd: number | undefined;
  searched: number;
}

type Mode =
  /** Between two records. */
  | 'between'
  /** In an object: a record, or an envelope whose list has not begun. */
  | 'object'
  /** In an envelope, behind its list: nothing of it is a record, so what breaks it is looked at as if it were over. */
  | 'rest'
  /** In an object over the limit. */
  | 'skip'
  /** In broken input, looking for a record. */
  | 'region';

class JsonFramer implements Framer {
  readonly #spec: JsonFrameSpec;
  readonly #context: FrameContext;
  readonly #held = new HeldBytes();
  readonly #scanner = new ObjectScanner();
  readonly #guess = new EndGuess();
  /** Open brackets around the records: `[` for a list, `{[` for an envelope's, `{` behind it. */
  #levels: string;
  #mode: Mode;
  #region: Region | undefined;
  /** Absolute offsets: of data[0], of the next byte to look at, of the current object. */
  #base: number;
  #at: number;
  #start: number;
  #data: Buffer = EMPTY;
  #final = false;
  #seen = '';

  constructor(spec: JsonFrameSpec, context: FrameContext, levels: string) {
    this.#spec = spec;
    this.#context = context;
    this.#base = context.offset;
    this.#at = context.offset;
    this.#start = context.offset;
    this.#levels = levels;
    this.#mode = 'between';
    if (levels.endsWith('{')) this.#enterRest();
  }

  push(bytes: Buffer, seen: string, out: FrameOutput): void {
    this.#seen = seen;
    this.#data = this.#held.with(bytes);
    this.#run(out);
    const keptFrom = this.#keptFrom();
    this.#held.keep(this.#data, keptFrom - this.#base);
    this.#base = keptFrom;
    this.#data = EMPTY;
  }

  idle(): void {
    // Nothing waits for time: a record is out with its last byte.
  }

  end(seen: string, out: FrameOutput): void {
    this.#seen = seen;
    this.#data = this.#held.with(EMPTY);
    this.#final = true;
    this.#run(out);
    if (this.#levels !== '') this.#reject(out, 'truncated', this.offset, this.#end);
    this.#levels = '';
    this.#mode = 'between';
    this.#at = this.#end;
  }

  get offset(): number {
    if (this.#region !== undefined) return this.#region.start;
    return this.#mode === 'between' ? this.#at : this.#start;
  }

  state(): JsonValue | undefined {
    return this.#levels === '' ? undefined : this.#levels;
  }

  get #end(): number {
    return this.#base + this.#data.length;
  }

  /** On the top level a line that can't be read ends with its newline. */
  get #isTop(): boolean {
    return this.#levels === '';
  }

  #keptFrom(): number {
    if (this.#mode === 'region') return Math.min(this.#region?.cursor ?? this.#end, this.#end);
    return this.#mode === 'object' || this.#mode === 'rest' ? this.#start : this.#at;
  }

  #run(out: FrameOutput): void {
    while (this.#step(out));
  }

  /** false: needs more bytes. */
  #step(out: FrameOutput): boolean {
    if (this.#mode === 'between') return this.#between(out);
    if (this.#mode === 'object') return this.#object(out);
    if (this.#mode === 'rest') return this.#rest();
    return this.#mode === 'skip' ? this.#skip(out) : this.#search(out);
  }

  #between(out: FrameOutput): boolean {
    for (const end = this.#end; this.#at < end; this.#at++) {
      const byte = this.#data[this.#at - this.#base];
      if (byte === OPEN_OBJECT) {
        this.#start = this.#at;
        if (!this.#takeGuess(out)) this.#enterObject(this.#at);
        return true;
      }
      if (byte === CLOSE_ARRAY && this.#levels.endsWith('[')) {
        this.#levels = this.#levels.slice(0, -1);
        if (!this.#levels.endsWith('{')) continue;
        this.#at++;
        this.#enterRest();
        return true;
      }
      if (byte === OPEN_ARRAY && this.#levels.length < MAX_DEPTH) this.#levels += '[';
      else if (byte === BOM[0]) {
        const mark = this.#byteOrderMark();
        if (mark === 'unknown') return false;
        if (mark === 'no') return this.#enterRegion('garbage', this.#at, this.#at, false);
        this.#at += BOM.length - 1;
      } else if (!isBetween(byte)) return this.#enterRegion('garbage', this.#at, this.#at, false);
    }
    return false;
  }

  /** Most records are cut out here; what the guess is wrong about is scanned. */
  #takeGuess(out: FrameOutput): boolean {
    const start = this.#start - this.#base;
    const end = this.#guess.guess(this.#data, start, this.#isTop);
    if (end === -1 || end - start > this.#spec.limitBytes) return false;
    const text = this.#data.toString('utf8', start, end);
    const record = parseObject(text);
    this.#guess.judge(record !== undefined);
    if (record === undefined || 'Records' in record || 'records' in record) return false;
    this.#at = this.#base + end;
    this.#emit(out, record, text);
    return true;
  }

  #byteOrderMark(): 'yes' | 'no' | 'unknown' {
    const bytes = this.#data.subarray(this.#at - this.#base, this.#at - this.#base + BOM.length);
    if (bytes.equals(BOM)) return 'yes';
    return !this.#final && bytes.equals(BOM.subarray(0, bytes.length)) ? 'unknown' : 'no';
  }

  #enterObject(start: number): void {
    this.#mode = 'object';
    this.#start = start;
    this.#at = start;
    this.#scanner.startObject();
  }

  #object(out: FrameOutput): boolean {
    const limit = this.#start + this.#spec.limitBytes;
    const lineEnd = this.#lineEnd() ?? Number.POSITIVE_INFINITY;
    const end = this.#scan(Math.min(this.#end, limit, lineEnd));
    if (end === 'whole') return this.#take(out);
    if (end === 'records') return this.#enterRecords(out);
    if (end === 'broken') return this.#enterBroken(false);
    if (this.#at === limit) return this.#enterTooLong();
    return this.#at === lineEnd || this.#final ? this.#enterBroken(true) : false;
  }

  #scan(to: number): ReturnType<ObjectScanner['scan']> {
    const end = this.#scanner.scan(this.#data, this.#at - this.#base, to - this.#base);
    this.#at = this.#base + this.#scanner.position;
    return end;
  }

  /** The object is whole. In broken input only a record counts: its own parts are whole objects as well. */
  #take(out: FrameOutput): boolean {
    const text = this.#data.toString('utf8', this.#start - this.#base, this.#at - this.#base);
    const record = parseObject(text);
    if (this.#region !== undefined) {
      if (record === undefined || !this.#spec.isRecord(record)) return this.#searchFrom(this.#at);
      this.#leaveRegion(out, this.#start, true);
    }
    if (record === undefined) this.#reject(out, 'not-json', this.#start, this.#at);
    else this.#emit(out, record, text);
    if (!this.#isTop) this.#guess.learn(this.#data, this.#start - this.#base);
    this.#mode = 'between';
    return true;
  }

  #emit(out: FrameOutput, record: JsonObject, text: string): void {
    const redacted = this.#spec.redact(record, text);
    out.records.push({
      type: this.#spec.type,
      origin: this.#origin(this.#start),
      record,
      // A stored document is one line, and the text becomes part of it.
      text: redacted.includes('\n') || redacted.includes('\r') ? JSON.stringify(record) : redacted,
      seen: this.#seen,
    });
  }

  #origin(offset: number): Origin {
    const { source, file } = this.#context;
    return file === undefined ? { source, offset } : { source, file, offset };
  }

  /** An envelope inside another one's list can only be the next file, glued to a broken one. */
  #enterRecords(out: FrameOutput): boolean {
    if (this.#region !== undefined) {
      this.#leaveRegion(out, this.#start, true);
      this.#levels = this.#levels.slice(0, Math.max(0, this.#levels.lastIndexOf('{')));
    }
    this.#levels += '{[';
    this.#mode = 'between';
    return true;
  }

  #enterRest(): void {
    this.#mode = 'rest';
    this.#start = this.#at;
    this.#scanner.startBehindRecords();
  }

  #rest(): boolean {
    const end = this.#scan(this.#end);
    if (end === 'open') return false;
    if (end === 'records') this.#levels += '[';
    else this.#levels = this.#levels.slice(0, -1);
    this.#mode = 'between';
    return true;
  }

  #enterTooLong(): boolean {
    if (this.#region !== undefined) return this.#searchFrom(this.#at);
    this.#scanner.forget();
    this.#mode = 'skip';
    return true;
  }

  #skip(out: FrameOutput): boolean {
    const end = this.#scan(this.#end);
    if (end === 'broken') return this.#enterRegion('too-long', this.#start, this.#at, false);
    if (end === 'open' && !this.#final) return false;
    this.#reject(out, 'too-long', this.#start, this.#at);
    this.#mode = 'between';
    return true;
  }

  #enterBroken(ended: boolean): boolean {
    if (this.#region !== undefined) return this.#searchBehind(this.#region);
    const byte = this.#data[this.#at - this.#base];
    this.#enterRegion('object', this.#start, this.#at, ended || byte === NEWLINE || byte === CARRIAGE_RETURN);
    return this.#searchFrom(this.#start + 1);
  }

  #enterRegion(reason: Region['reason'], start: number, brokeAt: number, cutOff: boolean): boolean {
    this.#region = {
      start,
      reason,
      brokeAt,
      cutOff,
      cursor: brokeAt,
      wasted: 0,
      lineEnd: undefined,
      searched: brokeAt,
    };
    this.#mode = 'region';
    return true;
  }

  /** A broken object may hide a record anywhere, but a region is searched a few times over, not once for each brace. */
  #searchBehind(region: Region): boolean {
    region.wasted += this.#at - this.#start;
    const isWorthIt = region.wasted < SEARCHES_LIMIT * (this.#at - region.start) + SEARCHES_SLACK_BYTES;
    return this.#searchFrom(isWorthIt ? this.#start + 1 : Math.max(this.#at, this.#start + 1));
  }

  #searchFrom(offset: number): boolean {
    if (this.#region !== undefined) this.#region.cursor = offset;
    this.#mode = 'region';
    return true;
  }

  /** Looks for a brace with a key behind it; on the top level not beyond the line. */
  #search(out: FrameOutput): boolean {
    const region = this.#region;
    if (region === undefined) return false;
    const lineEnd = this.#lineEnd();
    for (;;) {
      const found = this.#data.indexOf(OPEN_OBJECT, Math.max(0, region.cursor - this.#base));
      const brace = found === -1 ? this.#end : this.#base + found;
      if (lineEnd !== undefined && brace >= lineEnd) return this.#closeRegion(out, lineEnd);
      region.cursor = brace;
      if (found === -1) return this.#final ? this.#closeRegion(out, this.#end) : false;
      const key = this.#hasKey(found);
      if (key === undefined) return false;
      if (key) {
        this.#enterObject(brace);
        return true;
      }
      region.cursor = brace + 1;
    }
  }

  /** Whether a quote follows the brace; undefined: not known yet. */
  #hasKey(brace: number): boolean | undefined {
    for (let at = brace + 1; at <= brace + BLANKS_LIMIT; at++) {
      const byte = this.#data[at];
      if (byte === undefined) return this.#final ? false : undefined;
      if (byte === QUOTE) return true;
      if (!isBlank(byte)) return false;
    }
    return false;
  }

  /** Where the line of the broken object ends, if that is known and counts. */
  #lineEnd(): number | undefined {
    const region = this.#region;
    if (region === undefined || !this.#isTop) return undefined;
    if (region.lineEnd === undefined && region.searched < this.#end) {
      const found = this.#data.indexOf(NEWLINE, Math.max(0, region.searched - this.#base));
      if (found !== -1) region.lineEnd = this.#base + found;
      region.searched = this.#end;
    }
    return region.lineEnd;
  }

  #closeRegion(out: FrameOutput, end: number): boolean {
    this.#leaveRegion(out, end, end === this.#end && this.#final);
    // What was open around it can't be told from here.
    if (this.#final) this.#levels = '';
    this.#at = end;
    this.#mode = 'between';
    return true;
  }

  #leaveRegion(out: FrameOutput, end: number, cutOff: boolean): void {
    const region = this.#region;
    this.#region = undefined;
    if (region === undefined || end === region.start) return;
    const whole = region.reason === 'object' && (cutOff || region.cutOff) ? 'truncated' : 'not-json';
    this.#reject(out, region.reason === 'too-long' ? 'too-long' : whole, region.start, end);
  }

  #reject(out: FrameOutput, reason: keyof typeof MESSAGES, start: number, end: number): void {
    const message = MESSAGES[reason];
    out.rejections.push({ origin: this.#origin(start), reason, message, length: end - start, keys: [] });
  }
}

const MESSAGES = {
  'not-json': 'Expected JSON records here: an envelope, an array, or one object after the other.',
  truncated: 'A record or the list around it is cut off here.',
  'too-long': 'A record is too long to be one.',
} as const satisfies Partial<Record<RejectionReason, string>>;

const EMPTY = Buffer.alloc(0);
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
/** A brace and its first key are not further apart in any file that somebody meant to write. */
const BLANKS_LIMIT = 64;
const SEARCHES_LIMIT = 32;
const SEARCHES_SLACK_BYTES = 1 << 16;

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === CARRIAGE_RETURN || byte === 0x09;
}

function isBetween(byte: number | undefined): boolean {
  return byte === COMMA || (byte !== undefined && isBlank(byte));
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
