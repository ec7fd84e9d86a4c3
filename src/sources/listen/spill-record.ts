import { crc32 } from 'node:zlib';

/**
 * What a listener puts down: a redacted record's text, a rejection or a gap (both as JSON), with when it came (milliseconds
 * since 1970) and who sent it.
 */
export interface SpillRecord {
  readonly kind: 'entry' | 'rejection' | 'gap';
  readonly seenMs: number;
  readonly peer: string;
  readonly text: string;
}

const KINDS = ['entry', 'rejection', 'gap'] as const;
/** Length of the body and its CRC-32, 4 bytes each, little endian. */
const HEAD_BYTES = 8;
/** Kind (1), time (8, a double), length of the peer's name (1). */
const FIXED_BYTES = 10;
/** A line of 32 MiB and its redaction are shorter; a longer length is a damaged one. */
const BODY_LIMIT_BYTES = 96 * 1024 * 1024;
const PEER_LIMIT_BYTES = 255;

/** Records one behind the other, in one buffer that is used again and again. */
export class SpillEncoder {
  #buffer = Buffer.allocUnsafe(256 * 1024);
  #length = 0;

  add({ kind, seenMs, peer, text }: SpillRecord): void {
    const name = Buffer.from(peer).subarray(0, PEER_LIMIT_BYTES);
    // A character takes three bytes at most.
    this.#reserve(HEAD_BYTES + FIXED_BYTES + name.length + text.length * 3);
    const body = this.#length + HEAD_BYTES;
    let at = this.#buffer.writeUInt8(KINDS.indexOf(kind), body);
    at = this.#buffer.writeDoubleLE(seenMs, at);
    at = this.#buffer.writeUInt8(name.length, at);
    at += name.copy(this.#buffer, at);
    at += this.#buffer.write(text, at, 'utf8');
    this.#buffer.writeUInt32LE(at - body, this.#length);
    this.#buffer.writeUInt32LE(crc32(this.#buffer.subarray(body, at)), this.#length + 4);
    this.#length = at;
  }

  /** Only valid until the next call of `add`. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(KEPT_BYTES);
    return bytes;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

const KEPT_BYTES = 8 * 1024 * 1024;

/** `incomplete`: more bytes are needed. `damaged`: no record was written here, or not all of it. */
export type Decoded =
  | { readonly record: SpillRecord; readonly length: number }
  | { readonly record?: undefined; readonly length: number; readonly state: 'incomplete' | 'damaged' };

/** The record that begins at `at`; `length` is how many bytes it takes, as far as that is known. */
export function decodeRecord(bytes: Buffer, at: number): Decoded {
  if (bytes.length - at < HEAD_BYTES) return { state: 'incomplete', length: HEAD_BYTES };
  const bodyLength = bytes.readUInt32LE(at);
  const length = HEAD_BYTES + bodyLength;
  if (bodyLength < FIXED_BYTES || bodyLength > BODY_LIMIT_BYTES) return { state: 'damaged', length };
  if (bytes.length - at < length) return { state: 'incomplete', length };
  const body = bytes.subarray(at + HEAD_BYTES, at + length);
  const kind = KINDS[body.readUInt8(0)];
  if (crc32(body) !== bytes.readUInt32LE(at + 4) || kind === undefined) return { state: 'damaged', length };
  const textAt = FIXED_BYTES + body.readUInt8(9);
  const peer = body.toString('utf8', FIXED_BYTES, textAt);
  return { record: { kind, seenMs: body.readDoubleLE(1), peer, text: body.toString('utf8', textAt) }, length };
}
