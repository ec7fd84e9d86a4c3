import { hash } from 'node:crypto';

/** 128 bits of SHA-256 over the parts, as 32 hex digits. Parts are kept apart by a character that no part contains. */
export function id128(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\u0000'), 'hex').slice(0, 32);
}

/** SHA-256, 64 hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
