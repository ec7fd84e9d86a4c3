import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * Documents are kept in blocks, because hundreds of them compress to a tenth where one would to a half. A block is, in
 * little-endian: the number of documents, where each ends (bytes from the first document's start), and the documents.
 * Large blocks are a Zstandard frame of that; in small ones the database compresses across blocks.
 */
export class BlockPacker {
  /** One buffer for all blocks: a new megabyte for each would be most of what the thread has to collect. */
  #scratch = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES);

  pack(documents: readonly Uint8Array[]): Uint8Array {
    const head = HEAD_BYTES + documents.length * END_BYTES;
    const length = documents.reduce((sum, document) => sum + document.length, head);
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafeSlow(length);
    const block = this.#scratch.subarray(0, length);
    block.writeUInt32LE(documents.length, 0);
    let end = 0;
    for (const [slot, document] of documents.entries()) {
      block.set(document, head + end);
      end += document.length;
      block.writeUInt32LE(end, HEAD_BYTES + slot * END_BYTES);
    }
    return documents.length < COMPRESS_FROM ? Buffer.from(block) : zstdCompressSync(block, COMPRESSION);
  }
}

/** The documents of a block, as views of one buffer. */
export function unpackBlock(data: Uint8Array): readonly Buffer[] {
  const packed = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const block = packed.readUInt32LE(0) === ZSTD_MAGIC ? zstdDecompressSync(packed) : packed;
  const count = block.readUInt32LE(0);
  const head = HEAD_BYTES + count * END_BYTES;
  const documents: Buffer[] = [];
  let start = head;
  for (let slot = 0; slot < count; slot++) {
    const end = head + block.readUInt32LE(HEAD_BYTES + slot * END_BYTES);
    documents.push(block.subarray(start, end));
    start = end;
  }
  return documents;
}

export const BLOCK_DOCUMENTS = 256;
export const BLOCK_BYTES = 1 << 19;

/** Fewer documents than this compress better in the database, beside those of other commits. */
const COMPRESS_FROM = 32;
const COMPRESSION = { chunkSize: 1 << 17, params: { [constants.ZSTD_c_compressionLevel]: 2 } };
/** First bytes of a Zstandard frame (RFC 8878, 3.1.1); a block has fewer documents. */
const ZSTD_MAGIC = 0xfd2fb528;
const HEAD_BYTES = 4;
const END_BYTES = 4;
