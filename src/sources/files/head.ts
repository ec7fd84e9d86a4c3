import { sha256 } from '../../lib/hash.ts';

/** The hash of a content's first bytes tells it from another one, whatever name or inode it has. */
export type Head = {
  /** How many bytes were hashed: 1 KiB, or all there were. */
  readonly bytes: number;
  /** 128 bits of SHA-256 in hex. */
  readonly hash: string;
};

export const HEAD_BYTES = 1_024;
export const NO_HEAD: Head = { bytes: 0, hash: '' };

export function headOf(content: Buffer): Head {
  const bytes = Math.min(content.length, HEAD_BYTES);
  return bytes === 0 ? NO_HEAD : { bytes, hash: sha256(content.subarray(0, bytes)).slice(0, 32) };
}

/** `content` begins with what was hashed. Nothing is known of a content without a byte, so that is false. */
export function beginsWith(content: Buffer, head: Head): boolean {
  return head.bytes > 0 && content.length >= head.bytes && headOf(content.subarray(0, head.bytes)).hash === head.hash;
}
