import { gunzipSync } from 'node:zlib';

/** Path and text of each file in a .tar.gz (ustar; longer names by pax or GNU headers). */
export function readTarGz(bytes: Buffer): ReadonlyMap<string, string> {
  const tar = gunzipSync(bytes);
  const files = new Map<string, string>();
  let longName: string | undefined;
  for (let offset = 0; offset + BLOCK <= tar.length && tar[offset] !== 0;) {
    const text = (start: number, length: number): string =>
      tar.toString('utf8', offset + start, offset + start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const type = text(156, 1);
    const body = tar.toString('utf8', offset + BLOCK, offset + BLOCK + size);
    const prefix = text(345, 155);
    const name = longName ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    longName = type === 'x' ? /\d+ path=(.*)\n/.exec(body)?.[1] : type === 'L' ? body.replace(/\0.*$/s, '') : undefined;
    if (type === '0' || type === '') files.set(name, body);
    offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

const BLOCK = 512;
