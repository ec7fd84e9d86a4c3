import { hash } from 'node:crypto';

/** 128 bits of SHA-256 over the parts, as 32 hex digits: other parts, or other borders between them, are another id. */
export function id128(...parts: readonly string[]): string {
  return hash('sha256', parts.map(separable).join('\u0000'), 'hex').slice(0, 32);
}

/** SHA-256, 64 hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** NUL stands between parts, so none may hold one: NUL and its substitute's first character are written as two others. */
function separable(part: string): string {
  return part.includes('\u0000') || part.includes('\u0001')
    ? part.replaceAll('\u0001', '\u0001b').replaceAll('\u0000', '\u0001a')
    : part;
}
