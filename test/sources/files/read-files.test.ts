import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Rejection } from '../../../src/core/record.ts';
import type { SourceFormat } from '../../../src/core/source-format.ts';
import { readFiles } from '../../../src/sources/files/read-files.ts';
import type { ChooseFormat, ReadFilesOptions } from '../../../src/sources/files/read-files.ts';
import { temporaryFolder } from './folder.ts';
import { lines } from './line-format.ts';

interface Read {
  readonly texts: string[];
  readonly places: string[];
  readonly rejections: Rejection[];
  readonly skipped: string[];
  readonly unreadable: string[];
}

async function read(
  paths: readonly string[],
  options: Partial<ReadFilesOptions> = {},
  format: SourceFormat | ChooseFormat = lines,
): Promise<Read> {
  const result: Read = { texts: [], places: [], rejections: [], skipped: [], unreadable: [] };
  const batches = readFiles(paths, format, {
    skipped: (path, reason) => result.skipped.push(`${basename(path)}: ${reason}`),
    unreadable: ({ code, message }, path) => result.unreadable.push(`${code} ${message.replace(path, basename(path))}`),
    ...options,
  });
  for await (const { file, records, rejections } of batches) {
    result.texts.push(...records.map(({ text }) => text));
    result.places.push(...records.map(({ origin }) => `${origin.source} ${basename(file)}@${origin.offset}`));
    result.rejections.push(...rejections);
  }
  return result;
}

describe('readFiles', () => {
  it('reads files, a whole tree and standard input once, compressed or not', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'b', 'c'), { recursive: true });
    await writeFile(join(folder, 'b', 'two.json'), 'two\n');
    await writeFile(join(folder, 'b', 'c', 'three.json.gz'), gzipSync('three\n'));
    await writeFile(join(folder, 'a.log'), 'one\n');
    await writeFile(join(folder, 'gzip without its name'), gzipSync('four\n'));
    const stdin = Readable.from([gzipSync('five\n').subarray(0, 5), gzipSync('five\n').subarray(5)]);
    const result = await read(['-', folder, join(folder, 'a.log')], { stdin });
    expect(result.texts).toEqual(['one', 'three', 'two', 'four', 'five']);
    expect(result.places[0]).toBe('vault a.log@0');
    expect(result.unreadable).toEqual([]);
  });

  it('says which files of a folder it passes over, and reads them when they are named', async () => {
    const folder = await temporaryFolder();
    const names = ['README', 'README.txt', 'LICENSE', 'notes.md', '.hidden', '1_CloudTrail-Digest_x.json.gz'];
    for (const name of [...names, 'a.json']) await writeFile(join(folder, name), `${name}\n`);
    await symlink(folder, join(folder, 'loop'));
    await symlink(join(folder, 'a.json'), join(folder, 'link.json'));
    const result = await read([folder]);
    expect(result.texts).toEqual(['a.json', 'a.json']);
    expect(result.skipped.toSorted()).toEqual([
      '.hidden: its name begins with a dot',
      '1_CloudTrail-Digest_x.json.gz: a CloudTrail digest holds signatures, no events',
      'LICENSE: a text for people',
      'README.txt: a text for people',
      'README: a text for people',
      'loop: neither a file nor a folder of this tree',
      'notes.md: a text for people',
    ]);
    expect((await read([join(folder, 'README')])).texts).toEqual(['README']);
  });

  it('keeps what came of a gzip file that ends early, and rejects the rest with its place', async () => {
    const folder = await temporaryFolder();
    const text = Array.from({ length: 50_000 }, (_, n) => `line ${n}\n`).join('');
    const gz = gzipSync(text);
    await writeFile(join(folder, 'cut.gz'), gz.subarray(0, gz.length - 1_000));
    await writeFile(join(folder, 'whole.json'), 'whole\n');
    const { texts, rejections, unreadable } = await read([folder]);
    expect(texts.at(-1)).toBe('whole');
    expect(texts.length).toBeGreaterThan(45_000);
    expect(texts.slice(0, -1)).toEqual(text.split('\n').slice(0, texts.length - 1));
    const [first, second] = rejections;
    expect(first).toMatchObject({
      reason: 'truncated',
      message: 'The gzip file ends early: what follows here is missing.',
    });
    expect(second).toMatchObject({ reason: 'truncated', message: 'no line' });
    expect(first?.origin.offset).toBe((second?.origin.offset ?? 0) + (second?.length ?? 0));
    expect(unreadable).toEqual([]);
  });

  it('rejects damaged gzip data, and ignores zeros behind it', async () => {
    const folder = await temporaryFolder();
    const gz = gzipSync('one\ntwo\n');
    const damaged = Buffer.from(gz);
    damaged.writeUInt32LE(0, gz.length - 8);
    await writeFile(join(folder, 'damaged.gz'), Buffer.concat([gzipSync('x'.repeat(400_000) + '\n'), damaged]));
    await writeFile(join(folder, 'padded.gz'), Buffer.concat([gz, Buffer.alloc(100)]));
    await writeFile(join(folder, 'twice.gz'), Buffer.concat([gz, gz]));
    const { texts, rejections } = await read([folder]);
    expect(texts.slice(-6)).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
    expect(rejections[0]?.message).toBe('The gzip file is damaged: what follows here can not be read.');
  });

  it('reports what it can not read, and goes on', async () => {
    const folder = await temporaryFolder();
    await symlink('loop', join(folder, 'loop'));
    await writeFile(join(folder, 'empty-gzip.gz'), gzipSync('one\n').subarray(0, 4));
    await writeFile(join(folder, 'a.json'), 'one\n');
    const { texts, unreadable } = await read([join(folder, 'missing'), folder]);
    expect(texts).toEqual(['one']);
    expect(unreadable).toEqual([
      'SOURCE_UNREADABLE missing can not be read (ENOENT): there is no such file.',
      'SOURCE_UNREADABLE loop can not be read (ELOOP): look at the file and its disk.',
      'SOURCE_UNREADABLE empty-gzip.gz can not be read (GzipBroken): it is no whole gzip file.',
    ]);
  });

  it('ends where the callback throws', async () => {
    const stop = () => {
      throw new Error('enough');
    };
    await expect(read(['missing', 'missing too'], { unreadable: stop })).rejects.toThrow('enough');
  });

  it('does not take a fault of its own for one of the file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.json'), 'one\n');
    const faulty: ChooseFormat = () => {
      throw new TypeError('a fault');
    };
    await expect(read([folder], {}, faulty)).rejects.toThrow('a fault');
  });

  it('chooses the format by the first bytes, and skips what it does not know', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'known.gz'), gzipSync('known\n'));
    await writeFile(join(folder, 'unknown'), 'something\n');
    const choose: ChooseFormat = (first) => (first.toString().startsWith('known') ? lines : undefined);
    const { texts, skipped } = await read([folder], {}, choose);
    expect(texts).toEqual(['known']);
    expect(skipped).toEqual(['unknown: no audit stream that whosaw knows']);
  });

  it('sees enough of a trickling standard input to choose by', async () => {
    const stdin = Readable.from(['k', 'no', 'wn\n', 'more\n'].map((text) => Buffer.from(text)));
    const choose: ChooseFormat = (first) => (first.toString().startsWith('known') ? lines : undefined);
    expect((await read(['-'], { stdin }, choose)).texts).toEqual(['known', 'more']);
  });

  it('reads the parts of a rotated log oldest first, and answers across them', async () => {
    const folder = await temporaryFolder();
    const log = join(folder, 'audit.log');
    await writeFile(`${log}.2.gz`, gzipSync('ask a\nask b\n'));
    await writeFile(`${log}.1`, 'answer a\n');
    await writeFile(log, 'answer b\nask c\n');
    await writeFile(join(folder, 'b.log'), 'answer c\n');
    const { texts } = await read([log, `${log}.1`, `${log}.2.gz`, join(folder, 'b.log')]);
    expect(texts).toEqual(['answer a (asked)', 'answer b (asked)', 'ask c (unanswered)', 'answer c']);
  });

  it('lets go of what waits when no further part can be read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.log.1'), 'ask a\n');
    await writeFile(join(folder, 'a.log'), '');
    expect((await read([folder])).texts).toEqual(['ask a (unanswered)']);
  });

  it('rejects a half line at the end of a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.log'), 'one\ntw');
    const { texts, rejections } = await read([folder], { source: 'mine' });
    expect(texts).toEqual(['one']);
    expect(rejections).toMatchObject([{ reason: 'truncated', length: 2, origin: { source: 'mine', offset: 4 } }]);
  });

  it('gives batches as it reads, and stops with the signal', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.log'), 'some line\n'.repeat(10_000));
    const stopping = new AbortController();
    let batches = 0;
    const report = { skipped: () => {}, unreadable: () => {} };
    for await (const batch of readFiles([folder], lines, { ...report, chunkBytes: 1_000, signal: stopping.signal })) {
      expect(batch.records.length).toBeLessThanOrEqual(101);
      batches++;
      if (batches === 3) stopping.abort();
    }
    expect(batches).toBe(3);
  });

  it('stops with the signal while standard input is silent', async () => {
    const stopping = new AbortController();
    const reading = read(['-'], { stdin: silent(), signal: stopping.signal });
    stopping.abort();
    expect((await reading).texts).toEqual([]);
  });
});

async function* silent(): AsyncGenerator<Buffer> {
  await new Promise(() => {});
  yield Buffer.alloc(0);
}
