import { open, type FileHandle } from 'node:fs/promises';
import { decodeRecord, type SpillRecord } from './spill-record.ts';
import { segmentsIn, type Segment } from './spill-segments.ts';

export interface Placed {
  readonly record: SpillRecord;
  /** Where the next one stands. */
  readonly next: number;
}

const CHUNK_BYTES = 512 * 1024;

/** Reads a spill that is being written, from a position on. */
export class SpillReader {
  readonly #folder: string;
  #position: number;
  #segment: Segment | undefined;
  #handle: FileHandle | undefined;
  #bytes = Buffer.alloc(0);
  #at = 0;
  #lostBytes = 0;

  constructor(folder: string, position: number) {
    this.#folder = folder;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  /** The next records, as many as one look gives; none when all up to `end` was read. What is damaged is passed over. */
  async read(end: number): Promise<readonly Placed[]> {
    while (this.#position < end) {
      const records = this.#decode(end);
      if (records.length > 0) return records;
      if (!(await this.#fill(end))) return [];
    }
    return [];
  }

  /** Bytes that were damaged, since the last call. */
  takeLost(): number {
    const lost = this.#lostBytes;
    this.#lostBytes = 0;
    return lost;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #decode(end: number): readonly Placed[] {
    const records: Placed[] = [];
    while (this.#position < end) {
      const found = decodeRecord(this.#bytes, this.#at);
      if (found.record === undefined) break;
      this.#at += found.length;
      this.#position += found.length;
      records.push({ record: found.record, next: this.#position });
    }
    return records;
  }

  /** false: there is no more for now. */
  async #fill(end: number): Promise<boolean> {
    const handle = this.#handle ?? (await this.#open());
    if (handle === undefined) return false;
    const rest = this.#bytes.subarray(this.#at);
    const needed = decodeRecord(rest, 0);
    const isDamaged = needed.record === undefined && needed.state === 'damaged';
    const from = this.#position - (this.#segment?.base ?? 0) + rest.length;
    const room = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, needed.length - rest.length));
    const { bytesRead } = isDamaged ? { bytesRead: 0 } : await handle.read(room, 0, room.length, from);
    if (bytesRead > 0) {
      this.#bytes = Buffer.concat([rest, room.subarray(0, bytesRead)]);
      this.#at = 0;
      return true;
    }
    return this.#advance(end);
  }

  /** Nothing more stands in this segment: on to the next one, where there is one. */
  async #advance(end: number): Promise<boolean> {
    const next = segmentsIn(this.#folder).find(({ base }) => base > (this.#segment?.base ?? -1));
    if (next === undefined || next.base > end) return false;
    await this.close();
    this.#lostBytes += next.base - this.#position;
    this.#position = next.base;
    return true;
  }

  async #open(): Promise<FileHandle | undefined> {
    const segments = segmentsIn(this.#folder);
    const found = segments.findLast(({ base }) => base <= this.#position) ?? segments[0];
    if (found === undefined) return undefined;
    this.#position = Math.max(this.#position, found.base);
    this.#segment = found;
    this.#bytes = Buffer.alloc(0);
    this.#at = 0;
    return (this.#handle = await open(found.path, 'r'));
  }
}
