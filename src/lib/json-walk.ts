import { JSON_WALK } from './json-walk-code.ts';

/** The most members that a walk can look for. */
export const MEMBERS_LIMIT = 32;

/** A member to look for, by its key: of the object itself, or of an object under one of its keys. */
export interface Member {
  /** The keys that lead to it: one or two. */
  readonly path: readonly [string] | readonly [string, string];
  /**
   * `text`: its value should be a string. `object`: an object, of which members are looked for. `forbidden`: where it
   * is there, the object is none to walk.
   */
  readonly kind: 'text' | 'object' | 'forbidden';
}

/** What json-walk.wat gives. */
export interface WalkCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  walk(start: number): number;
  run(start: number): number;
  keyPlace(to: number, length: number, depth: number): number;
  hash(from: number, to: number): number;
  recall(member: number): number;
  headPlace(entry: number): number;
}

/**
 * Walks JSON objects in bytes without making anything of them: proves that `JSON.parse` would read an object up to a
 * certain byte, and finds a few of its members' texts. What it walks over has no more than 30 levels, and the members
 * that are looked for are there at most once, with keys and texts that have no escape.
 */
export class JsonWalk {
  readonly code: WalkCode;
  /** All of the memory that is walked in; addresses are indices of it. */
  readonly bytes: Buffer;
  /**
   * Where data can be put so that it need not be copied to be walked. There is room for ROOM_BEFORE bytes more before
   * it, and what is looked at may change what is behind it.
   */
  readonly room: Buffer;
  readonly #words: Int32Array;
  #data: Buffer = EMPTY;
  /** The part of the data that is in the memory, and what has to be added to an index of it to have an address. */
  #from = 0;
  #to = 0;
  #shift = 0;
  #nextMemory = MEMORIES;
  #remembered = 0;

  /** Members are numbered in this order, and no two have the same path. */
  constructor(members: readonly Member[]) {
    if (members.length > MEMBERS_LIMIT) throw new RangeError('too many members');
    this.code = instantiate();
    const { buffer } = this.code.memory;
    this.bytes = Buffer.from(buffer);
    this.room = Buffer.from(buffer, DATA + ROOM_BEFORE, ROOM_BYTES);
    this.#words = new Int32Array(buffer);
    for (const [number, member] of members.entries()) this.#describe(number, member);
  }

  /** The bytes that indices speak of from now on. Not to be changed before the next call. */
  look(data: Buffer): void {
    this.#data = data;
    const isHere = data.buffer === this.bytes.buffer && data.byteOffset >= DATA && data.length > 0;
    if (isHere) this.#placed(0, data.length, data.byteOffset);
    else this.#placed(0, 0, DATA);
  }

  /** Index behind the object that begins at `index`, or -1: it is not valid, not whole, or none to walk. */
  walk(index: number): number {
    return this.inMemory(index, (address) => {
      const end = this.code.walk(address);
      return end === 0 ? address : end;
    });
  }

  /**
   * Has the bytes from `index` on in the memory, and gives what `go`, called with their address, comes to: an address as
   * well, the same where it got nowhere. Gives an index, or -1 where it got nowhere.
   */
  inMemory(index: number, go: (address: number) => number): number {
    if (index < this.#from || index >= this.#to) this.#load(index);
    let start = index + this.#shift;
    let end = go(start);
    if (end === start && this.#to < this.#data.length && this.#from < index) {
      this.#load(index);
      start = index + this.#shift;
      end = go(start);
    }
    return end === start ? -1 : end - this.#shift;
  }

  /** Is it there? Null is as good as absent. */
  has(member: number): boolean {
    return this.#words[member * 2] !== 0;
  }

  /** Bytes. */
  lengthOf(member: number): number {
    return (this.#words[member * 2 + 1] ?? 0) - this.addressOf(member);
  }

  /** The text, a character for each byte; of a member that is there. */
  textOf(member: number): string {
    return this.bytes.toString('latin1', this.addressOf(member), this.#words[member * 2 + 1]);
  }

  /** Where the text of a member begins in `bytes`. */
  addressOf(member: number): number {
    return this.#words[member * 2] ?? 0;
  }

  /** What was remembered of this text of the member; -1: nothing. */
  recall(member: number): number {
    return this.code.recall(member);
  }

  /** Remembers a number (not negative) for the member's present text; when there are too many, all are forgotten. */
  remember(member: number, value: number): void {
    const from = this.addressOf(member);
    const length = this.lengthOf(member);
    if (length > TEXT_LIMIT) return;
    if (this.#nextMemory + length + 32 > MEMORIES_END || this.#remembered >= MEMORIES_LIMIT) this.#forget();
    this.#remembered += 1;
    const hash = this.code.hash(from, from + length);
    let place = (hash + member) & (PLACES - 1);
    while (this.#words[PLACES_AT + place] !== 0) place = (place + 1) & (PLACES - 1);
    const at = this.#nextMemory;
    this.#words[PLACES_AT + place] = at;
    this.#words.set([hash, length | (member << 16), value], at >> 2);
    this.bytes.copyWithin(at + 12, from, from + length);
    this.#nextMemory = (at + 12 + length + 7) & ~7;
  }

  #forget(): void {
    this.#words.fill(0, PLACES_AT, PLACES_AT + PLACES);
    this.#nextMemory = MEMORIES;
    this.#remembered = 0;
  }

  #load(index: number): void {
    const to = Math.min(this.#data.length, index + DATA_BYTES);
    this.bytes.set(this.#data.subarray(index, to), DATA);
    this.#placed(index, to, DATA);
  }

  /** The data from one index to another are at this address, and what ends them behind. */
  #placed(from: number, to: number, address: number): void {
    this.#from = from;
    this.#to = to;
    this.#shift = address - from;
    this.bytes.fill(0, to + this.#shift, to + this.#shift + END_BYTES);
  }

  #describe(number: number, { path, kind }: Member): void {
    const key = Buffer.from(path.at(-1) ?? '', 'latin1');
    if (key.length < 2 || key.length > KEY_LIMIT) throw new RangeError(`no key to look for: ${path.join('.')}`);
    const at = MEMBERS_AT + 32 * number;
    this.bytes.set([key.length, path.length, KINDS.indexOf(kind), QUOTE, ...key], at);
    let place = this.code.keyPlace(at + 4 + key.length, key.length, path.length);
    while (this.bytes[KEYS_AT + place] !== 0) place = (place + 1) & (KEYS - 1);
    this.bytes[KEYS_AT + place] = number + 1;
  }
}

const EMPTY = Buffer.alloc(0);
const QUOTE = 0x22;
const KINDS: readonly Member['kind'][] = ['text', 'object', 'forbidden'];
/** Bytes of a key. */
export const KEY_LIMIT = 28;
/** Bytes of a text that is remembered. */
const TEXT_LIMIT = 512;

/** The memory's parts, as json-walk.wat says. */
const KEYS_AT = 0x200;
const KEYS = 0x200;
const MEMBERS_AT = 0x400;
const PLACES_AT = 0x1000 >> 2;
const PLACES = 0x2000;
const MEMORIES = 0x9000;
const MEMORIES_END = 0x70000;
const MEMORIES_LIMIT = PLACES / 2;
const DATA = 0xb0000;
/** So many bytes of 0 stand behind the data. */
const END_BYTES = 64;
/** The memory is 2 MiB. */
const DATA_BYTES = 0x20_0000 - DATA - END_BYTES;
/** What a framer may put before what is read into the room: most of what it keeps of the data before. */
export const ROOM_BEFORE = 0x10000;
/** Small enough for a processor's cache: what was read is walked while it is there. */
const ROOM_BYTES = 0x40000;

/** As far as it is used here: the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

function instantiate(): WalkCode {
  const module = new WebAssembly.Module(Buffer.from(JSON_WALK, 'base64'));
  return new WebAssembly.Instance(module).exports as WalkCode;
}
