import type { RunNotes } from '../../lib/record-run.ts';

/** What a sieve found, in the order of the file. The arrays are the receiver's, and can be handed to another thread. */
export interface Notes {
  readonly count: number;
  /** Four words of each record's id (a UUID). */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** 32 bits of a hash over each record's bytes. */
  readonly prints: Int32Array<ArrayBuffer>;
  /** Where each record is in its file. */
  readonly offsets: Float64Array<ArrayBuffer>;
  /** The newest event time, microseconds; -Infinity: of nothing. */
  readonly newestUs: number;
  /** Records that a rule may be about: their numbers, their bytes one behind the other, and where each ends. */
  readonly kept: readonly number[];
  readonly keptEnds: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Gathers notes, and starts over with each `drain`. */
export class NoteList {
  #parts: RunNotes[] = [];
  #count = 0;
  #newestUs = Number.NEGATIVE_INFINITY;
  #kept: number[] = [];
  #bytes: Buffer[] = [];

  /** Copies what a run has noted behind what was taken before. */
  take({ count, ids, prints, offsets, newestUs }: RunNotes): void {
    this.#parts.push({ count, ids: ids.slice(), prints: prints.slice(), offsets: offsets.slice(), newestUs });
    this.#count += count;
    this.#newestUs = Math.max(this.#newestUs, newestUs);
  }

  /** Keeps the bytes of the record that has this number among those not taken yet. */
  keep(number: number, bytes: Buffer): void {
    this.#kept.push(this.#count + number);
    this.#bytes.push(Buffer.from(bytes));
  }

  drain(): Notes {
    const ids = new Uint32Array(4 * this.#count);
    const prints = new Int32Array(this.#count);
    const offsets = new Float64Array(this.#count);
    let at = 0;
    for (const part of this.#parts) {
      ids.set(part.ids, 4 * at);
      prints.set(part.prints, at);
      offsets.set(part.offsets, at);
      at += part.count;
    }
    const bytes = new Uint8Array(this.#bytes.reduce((sum, { length }) => sum + length, 0));
    const keptEnds: number[] = [];
    let end = 0;
    for (const record of this.#bytes) {
      bytes.set(record, end);
      keptEnds.push((end += record.length));
    }
    const notes = {
      count: this.#count,
      ids,
      prints,
      offsets,
      newestUs: this.#newestUs,
      kept: this.#kept,
      keptEnds,
      bytes,
    };
    this.#parts = [];
    this.#count = 0;
    this.#newestUs = Number.NEGATIVE_INFINITY;
    this.#kept = [];
    this.#bytes = [];
    return notes;
  }
}

/** The words of a UUID in lower case; undefined: it is none. */
export function uuidWords(text: string): Uint32Array | undefined {
  return UUID.test(text) ? hexWords(text.replaceAll('-', '')) : undefined;
}

/** The words of 32 hexadecimal digits. */
export function hexWords(digits: string): Uint32Array {
  return new Uint32Array(Uint8Array.from(Buffer.from(digits, 'hex')).buffer);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
