import { fail, ok, type Result } from '../core/result.ts';
import type { Pattern } from './pattern.ts';

export interface Encoding {
  /** The text's bytes; UTF-8 without it. */
  readonly utf16?: 'le' | 'be' | 'bom' | undefined;
  readonly base64?: 'whole' | 'offset' | undefined;
}

/** Dashes that may be any of five make so many texts. */
const TEXTS_LIMIT = 625;

/**
 * The texts that the pattern's texts become: encoded, and with `offset` as they look at each of the three places within
 * something larger that is encoded. Bytes that are not written in base64 are a character each.
 */
export function encode(pattern: Pattern, encoding: Encoding): Result<readonly string[], string> {
  let texts: readonly string[] = [''];
  for (const piece of pattern) {
    if (typeof piece !== 'string' && 'wildcard' in piece) return fail('wildcards can not be encoded');
    const choices = typeof piece === 'string' ? [piece] : Array.from(piece.oneOf);
    if (texts.length * choices.length > TEXTS_LIMIT) return fail('too many dashes to encode each way to write them');
    texts = texts.flatMap((head) => choices.map((choice) => head + choice));
  }
  if (pattern.length === 0) return fail('an empty value can not be encoded');
  const encoded = texts.flatMap((text) => write(bytesOf(text, encoding), encoding));
  return encoded.includes('') ? fail('too short to be found within base64') : ok(encoded);
}

function bytesOf(text: string, { utf16 }: Encoding): Buffer {
  if (utf16 === undefined) return Buffer.from(text, 'utf8');
  const bytes = Buffer.from(text, 'utf16le');
  if (utf16 === 'be') return bytes.swap16();
  return utf16 === 'bom' ? Buffer.concat([Buffer.from([0xff, 0xfe]), bytes]) : bytes;
}

function write(bytes: Buffer, { base64 }: Encoding): readonly string[] {
  if (base64 === undefined) return [bytes.toString('latin1')];
  return base64 === 'whole' ? [bytes.toString('base64')] : [0, 1, 2].map((shift) => shifted(bytes, shift));
}

/** What is the same whatever stands before (`shift` bytes of it in the first group of three) and behind. */
function shifted(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const start = [0, 2, 3][shift] ?? 0;
  const cut = [0, 3, 2][(bytes.length + shift) % 3] ?? 0;
  return text.slice(start, text.length - cut);
}
