import type { HitPlace } from '../core/hit.ts';
import type { Mutable } from '../lib/mutable.ts';
import type { HitRef } from './episode.ts';

/** A place in the arena. */
export type Slot = number;

const FIRST_CAPACITY = 256;

/** What hits have beyond their time and id. */
export interface HitColumns {
  readonly values: boolean;
  readonly amounts: boolean;
  readonly carried: boolean;
}

/**
 * The hits that one correlation remembers, packed in columns: 30 bytes a hit, and what `columns` adds to it, because
 * there may be millions. Slots are given out and taken back; what is in a free slot means nothing.
 */
export class HitArena {
  #times = new Float64Array(FIRST_CAPACITY);
  #ids = new Uint32Array(FIRST_CAPACITY * 4);
  #appended = new Uint32Array(FIRST_CAPACITY);
  #bases = new Uint8Array(FIRST_CAPACITY);
  #amounts: Float64Array<ArrayBuffer> | undefined;
  readonly #values: (string | undefined)[] | undefined;
  readonly #carried: (readonly HitPlace[] | undefined)[] | undefined;
  readonly #free: Slot[] = [];
  #used = 0;

  constructor(columns: HitColumns) {
    this.#values = columns.values ? [] : undefined;
    this.#amounts = columns.amounts ? new Float64Array(FIRST_CAPACITY) : undefined;
    this.#carried = columns.carried ? [] : undefined;
  }

  /** Hits in the arena. */
  get size(): number {
    return this.#used - this.#free.length;
  }

  /** `appendedMs` is kept in whole seconds, rounded up. */
  add({ timeUs, eventId, base, value, amount, carried }: HitRef, appendedMs: number): Slot {
    const slot = this.#free.pop() ?? this.#next();
    this.#times[slot] = timeUs;
    this.#bases[slot] = base;
    for (let word = 0; word < 4; word++) this.#ids[slot * 4 + word] = hexWord(eventId, word);
    this.#appended[slot] = Math.min(Math.max(Math.ceil(appendedMs / 1_000), 0), 0xffff_ffff);
    if (this.#values !== undefined) this.#values[slot] = value;
    if (this.#amounts !== undefined) this.#amounts[slot] = amount ?? 0;
    if (this.#carried !== undefined) this.#carried[slot] = carried;
    return slot;
  }

  remove(slot: Slot): void {
    if (this.#values !== undefined) this.#values[slot] = undefined;
    if (this.#carried !== undefined) this.#carried[slot] = undefined;
    this.#free.push(slot);
  }

  ref(slot: Slot): HitRef {
    const timeUs = this.timeUs(slot);
    const eventId = this.eventId(slot);
    const base = this.base(slot);
    if (this.#amounts === undefined && this.#carried === undefined) {
      const value = this.#values?.[slot];
      return value === undefined || value === '' ? { timeUs, eventId, base } : { timeUs, eventId, base, value };
    }
    const ref: Mutable<HitRef> = { timeUs, eventId, base };
    const value = this.value(slot);
    if (value !== '') ref.value = value;
    if (this.#amounts !== undefined) ref.amount = this.amount(slot);
    const carried = this.#carried?.[slot];
    if (carried !== undefined) ref.carried = carried;
    return ref;
  }

  timeUs(slot: Slot): number {
    return this.#times[slot] ?? 0;
  }

  eventId(slot: Slot): string {
    const at = slot * 4;
    return (
      printWord(this.#ids[at]) +
      printWord(this.#ids[at + 1]) +
      printWord(this.#ids[at + 2]) +
      printWord(this.#ids[at + 3])
    );
  }

  isOf(slot: Slot, eventId: string): boolean {
    for (let word = 0; word < 4; word++) if (this.#ids[slot * 4 + word] !== hexWord(eventId, word)) return false;
    return true;
  }

  appendedMs(slot: Slot): number {
    return (this.#appended[slot] ?? 0) * 1_000;
  }

  base(slot: Slot): number {
    return this.#bases[slot] ?? 0;
  }

  value(slot: Slot): string {
    return this.#values?.[slot] ?? '';
  }

  amount(slot: Slot): number {
    return this.#amounts?.[slot] ?? 0;
  }

  /** Order of hits: by event time, then by event id, then by base rule. */
  compare(a: Slot, b: Slot): number {
    const byTime = this.timeUs(a) - this.timeUs(b);
    if (byTime !== 0) return byTime;
    for (let word = 0; word < 4; word++) {
      const byId = (this.#ids[a * 4 + word] ?? 0) - (this.#ids[b * 4 + word] ?? 0);
      if (byId !== 0) return byId;
    }
    return this.base(a) - this.base(b);
  }

  #next(): Slot {
    if (this.#used === this.#times.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    const ids = new Uint32Array(capacity * 4);
    ids.set(this.#ids);
    const appended = new Uint32Array(capacity);
    appended.set(this.#appended);
    const bases = new Uint8Array(capacity);
    bases.set(this.#bases);
    if (this.#amounts !== undefined) {
      const amounts = new Float64Array(capacity);
      amounts.set(this.#amounts);
      this.#amounts = amounts;
    }
    this.#bases = bases;
    this.#times = times;
    this.#ids = ids;
    this.#appended = appended;
  }
}

/** The 32 bits that eight of the text's hexadecimal digits (in lower case) stand for. */
function hexWord(text: string, word: number): number {
  let bits = 0;
  for (let at = word * 8; at < word * 8 + 8; at++) {
    const code = text.charCodeAt(at);
    bits = (bits << 4) | (code <= NINE ? code - ZERO : code - LETTERS);
  }
  return bits >>> 0;
}

function printWord(bits = 0): string {
  return (
    (BYTES[bits >>> 24] ?? '') +
    (BYTES[(bits >>> 16) & 0xff] ?? '') +
    (BYTES[(bits >>> 8) & 0xff] ?? '') +
    (BYTES[bits & 0xff] ?? '')
  );
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const ZERO = 0x30;
const NINE = 0x39;
/** The code of `a`, less ten. */
const LETTERS = 0x57;
