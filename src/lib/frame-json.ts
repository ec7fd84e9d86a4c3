import type { JsonValue } from '../core/json.ts';
import type { Sieve } from '../core/sieve.ts';
import type { FrameContext, FrameOutput, Framer } from '../core/source-format.ts';
import { EndGuess } from './frame-json-guess.ts';
import { HeldBytes } from './frame-json-held.ts';
import { JsonOutput, parseObject, type JsonFrameSpec } from './frame-json-output.ts';
import { Region, type RegionOptions, type Window } from './frame-json-region.ts';
import { MAX_DEPTH, ObjectScanner } from './frame-json-scan.ts';

export type { JsonFrameSpec };

export const RECORD_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Cuts JSON records out of a stream, whatever holds them: `{"Records":[...]}` or `{"records":[...]}` (with other keys
 * around the list), arrays, a record a line, or one after the other over several lines, also mixed. After broken input
 * it goes on at the next record that it finds: on the top level in the same line or the next one, inside a list anywhere.
 */
export function frameJson(spec: JsonFrameSpec, context: FrameContext, state?: JsonValue): Framer {
  return new JsonFramer(spec, context, typeof state === 'string' && /^[[{]*$/.test(state) ? state : '');
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
  readonly #output: JsonOutput;
  readonly #held: HeldBytes;
  readonly #scanner = new ObjectScanner();
  readonly #guess = new EndGuess();
  readonly #sieve: Sieve | undefined;
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
    this.#output = new JsonOutput(spec, context);
    this.#sieve = context.sieve;
    this.#held = new HeldBytes(context.roomBefore);
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
    this.#sieve?.look(this.#data);
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
    this.#sieve?.look(this.#data);
    this.#final = true;
    this.#run(out);
    if (this.#levels !== '') this.#output.reject(out, 'truncated', this.offset, this.#end);
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
    if (this.#mode === 'rest') return Math.max(this.#start, this.#at - RECORDS_KEY_BYTES);
    return this.#mode === 'object' ? this.#start : this.#at;
  }

  get #window(): Window {
    return { data: this.#data, base: this.#base, isFinal: this.#final };
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
        if (!this.#sift() && !this.#takeGuess(out)) this.#enterObject(this.#at);
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
        if (mark === 'no') return this.#enterGarbage();
        this.#at += BOM.length - 1;
      } else if (!isBetween(byte)) return this.#enterGarbage();
    }
    return false;
  }

  /** A sieve proves where the record ends, so that nothing is left to do here. */
  #sift(): boolean {
    const end = this.#sieve?.take(this.#start - this.#base, this.#start) ?? -1;
    if (end === -1) return false;
    this.#at = this.#base + end;
    return true;
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
    this.#output.emit(out, { record, text, offset: this.#start, seen: this.#seen });
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
    const lineEnd = (this.#isTop ? this.#region?.lineEnd(this.#window) : undefined) ?? Number.POSITIVE_INFINITY;
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
    if (this.#region === undefined && this.#sift()) {
      this.#mode = 'between';
      return true;
    }
    const text = this.#data.toString('utf8', this.#start - this.#base, this.#at - this.#base);
    const record = parseObject(text);
    if (this.#region !== undefined) {
      if (record === undefined || !this.#spec.isRecord(record)) return this.#searchFrom(this.#region, this.#at);
      this.#leaveRegion(out, this.#start, true);
    }
    if (record === undefined) this.#output.reject(out, 'not-json', this.#start, this.#at);
    else this.#output.emit(out, { record, text, offset: this.#start, seen: this.#seen });
    if (!this.#isTop) this.#guess.learn(this.#data, this.#start - this.#base);
    this.#mode = 'between';
    return true;
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
    if (this.#region !== undefined) return this.#searchFrom(this.#region, this.#at);
    this.#scanner.forget();
    this.#mode = 'skip';
    return true;
  }

  #skip(out: FrameOutput): boolean {
    const end = this.#scan(this.#end);
    if (end === 'broken') {
      return this.#enterRegion({ kind: 'too-long', start: this.#start, brokeAt: this.#at, cutOff: false });
    }
    if (end === 'open' && !this.#final) return false;
    this.#output.reject(out, 'too-long', this.#start, this.#at);
    this.#mode = 'between';
    return true;
  }

  #enterBroken(ended: boolean): boolean {
    if (this.#region === undefined) {
      const byte = this.#data[this.#at - this.#base];
      const cutOff = ended || byte === NEWLINE || byte === CARRIAGE_RETURN;
      return this.#enterRegion({ kind: 'object', start: this.#start, brokeAt: this.#at, cutOff });
    }
    this.#region.skip(this.#start, this.#at);
    this.#mode = 'region';
    return true;
  }

  #enterGarbage(): boolean {
    return this.#enterRegion({ kind: 'garbage', start: this.#at, brokeAt: this.#at, cutOff: false });
  }

  #enterRegion(options: RegionOptions): boolean {
    this.#region = new Region(options);
    this.#mode = 'region';
    return true;
  }

  #searchFrom(region: Region, offset: number): boolean {
    region.cursor = offset;
    this.#mode = 'region';
    return true;
  }

  #search(out: FrameOutput): boolean {
    const found = this.#region?.search(this.#window, this.#isTop);
    if (found === undefined) return false;
    if (found.what === 'end') return this.#closeRegion(out, found.at);
    this.#enterObject(found.at);
    return true;
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
    if (region !== undefined && end > region.start) this.#output.reject(out, region.reason(cutOff), region.start, end);
  }
}

const EMPTY = Buffer.alloc(0);
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
/** `"Records`, which the scanner looks back at. */
const RECORDS_KEY_BYTES = 8;

/** Commas between records are not counted: where one is missing or double, no record has to be lost. */
function isBetween(byte: number | undefined): boolean {
  return byte === COMMA || byte === 0x20 || byte === NEWLINE || byte === CARRIAGE_RETURN || byte === 0x09;
}
