import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.ts';
import type { Following } from './following.ts';
import { caughtUp, contentAt, follow, SOON } from './following.ts';

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

describe('a folder', () => {
  it('is read in the order in which its files arrived, and without what is no audit file', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'z', 'deep', 'a.json'), 'one\n');
    await put(join(folder, 'b.json.gz'), gzipSync('two\n'));
    await put(join(folder, 'a.log'), 'three\n');
    await put(join(folder, 'README.md'), 'not me\n');
    await put(join(folder, '.hidden', 'x.json'), 'nor me\n');
    await put(join(folder, '444455556666_CloudTrail-Digest_eu-central-1_trail.json.gz'), gzipSync('nor me\n'));
    const following = follow({ path: folder, timing: { stableMs: 1 } });
    await caughtUp(following);
    expect(following.texts.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('gains files and folders', async () => {
    const folder = await temporaryFolder();
    const following = follow({ path: folder });
    await caughtUp(following);
    await put(join(folder, '2026', '11', '16', 'a.json'), 'one\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await put(join(folder, '2026', '11', '16', 'b.json.gz'), gzipSync('two\n'));
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await appendFile(join(folder, '2026', '11', '16', 'a.json'), 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three']);
  });

  it('is done with a file that was read to its end at once', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'a.json'), 'one\n');
    await put(join(folder, 'b.json'), 'two\nhal');
    const following = follow({ path: folder, timing: { settleMs: 600_000 } });
    await expect.poll(() => contentAt(following, 'b.json'), SOON).toMatchObject({ done: false, offset: 4 });
    await appendFile(join(folder, 'b.json'), 'f\n');
    await caughtUp(following);
    expect(contentAt(following, 'a.json')).toMatchObject({ done: true, offset: 4 });
    expect(contentAt(following, 'b.json')).toMatchObject({ done: true, offset: 9 });
  });

  it('waits until a compressed file is whole, under whatever name it arrives', async () => {
    const folder = await temporaryFolder();
    const gz = gzipSync('one\ntwo\n');
    const following = follow({ path: folder });
    await put(join(folder, 'a.json.gz.6eF41a2B'), gz.subarray(0, 15));
    await put(join(folder, 'b.json'), 'b\n');
    await expect.poll(() => following.texts, SOON).toEqual(['b']);
    await appendFile(join(folder, 'a.json.gz.6eF41a2B'), gz.subarray(15));
    await rename(join(folder, 'a.json.gz.6eF41a2B'), join(folder, 'a.json.gz'));
    await expect.poll(() => following.texts, SOON).toEqual(['b', 'one', 'two']);
    await caughtUp(following);
    expect(following.texts).toEqual(['b', 'one', 'two']);
    expect(following.rejections).toEqual([]);
  });

  it('lets go of half a record when nothing more comes', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'a.json'), 'one\ntw');
    const following = follow({ path: folder });
    await expect
      .poll(() => following.rejections.map(({ reason, origin }) => [reason, origin.offset]), SOON)
      .toEqual([['truncated', 4]]);
    await caughtUp(following);
    await appendFile(join(folder, 'a.json'), 'o\nthree\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'o', 'three']);
  });

  it('may have a file replaced by another one of the same name', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'PT1H.json');
    await put(path, 'one\n');
    const following = follow({ path: folder });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await put(join(folder, '.PT1H.json'), 'uno\n');
    await rename(join(folder, '.PT1H.json'), path);
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'uno']);
    await rm(path);
    await put(path, 'due\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'uno', 'due']);
  });

  it('does not follow links to folders, but to files', async () => {
    const folder = await temporaryFolder();
    const other = await temporaryFolder();
    await put(join(other, 'x.json'), 'one\n');
    await symlink(folder, join(folder, 'loop'));
    await symlink(join(other, 'x.json'), join(folder, 'link.json'));
    const following = follow({ path: folder });
    await caughtUp(following);
    expect(following.texts).toEqual(['one']);
  });

  it('may go away and come back', async () => {
    const folder = join(await temporaryFolder(), 'tree');
    await put(join(folder, 'a.json'), 'one\n');
    const following = follow({ path: folder });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await rm(folder, { recursive: true });
    await put(join(folder, 'b.json'), 'two\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
  });

  it('passes over what is there with from: end', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'a.json'), 'one\n');
    await put(join(folder, 'b.json.gz'), gzipSync('two\n'));
    const following = follow({ path: folder, from: 'end', timing: { stableMs: 1 } });
    await caughtUp(following);
    await appendFile(join(folder, 'a.json'), 'three\n');
    await put(join(folder, 'c.json'), 'four\n');
    await expect.poll(() => following.texts.toSorted(), SOON).toEqual(['four', 'three']);
  });

  it('keeps few files open, though many end in half a record', async () => {
    const folder = await temporaryFolder();
    const names = Array.from({ length: 100 }, (_, n) => `${n}.json`);
    for (const name of names) await put(join(folder, name), `${name}\nha`);
    const following = follow({ path: folder, timing: { settleMs: 60_000 } });
    await expect.poll(() => following.texts.length, SOON).toBe(100);
    for (const name of names) await appendFile(join(folder, name), `lf ${name}\n`);
    await expect
      .poll(() => following.texts.toSorted(), SOON)
      .toEqual([...names, ...names.map((name) => `half ${name}`)].toSorted());
  });
});

describe('a folder with many files', () => {
  const FILES = 600;

  async function many(): Promise<{ folder: string; following: Following }> {
    const folder = await temporaryFolder();
    for (let n = 0; n < FILES; n++) {
      await put(join(folder, `${n % 7}`, `${n}.json.gz`), gzipSync(`file ${n}\n`));
    }
    const following = follow({ path: folder, timing: { stableMs: 1 } });
    await expect.poll(() => following.texts.length, SOON).toBe(FILES);
    await caughtUp(following);
    return { folder, following };
  }

  it('has a small checkpoint, which knows every file that was read', async () => {
    const { folder, following } = await many();
    await following.stop();
    expect(new Set(following.texts).size).toBe(FILES);
    expect(JSON.stringify(following.checkpoint).length).toBeLessThan(30_000);
    await put(join(folder, 'new', 'one.json'), 'one\n');
    await put(join(folder, '3', 'two.json'), 'two\n');
    await appendFile(join(folder, '3', 'three.json'), 'three\n');
    const again = follow({ path: folder, checkpoint: following.checkpoint, timing: { stableMs: 1 } });
    await caughtUp(again);
    expect(again.texts.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('can be stopped in the middle', async () => {
    const folder = await temporaryFolder();
    for (let n = 0; n < 300; n++) await put(join(folder, `${n % 7}`, `${n}.json`), `file ${n}\n`);
    const texts: string[] = [];
    let checkpoint: Following['checkpoint'];
    for (let stops = 0; stops < 5; stops++) {
      const following = follow({ path: folder, checkpoint, limits: { batchRecords: 5 } });
      await expect.poll(() => following.texts.length, { interval: 1 }).toBeGreaterThan(20);
      await following.stop();
      texts.push(...following.texts);
      ({ checkpoint } = following);
    }
    const last = follow({ path: folder, checkpoint });
    await caughtUp(last);
    texts.push(...last.texts);
    expect(texts.length).toBe(300);
    expect(new Set(texts).size).toBe(300);
  });
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('arrive' as const), name: fc.nat(30), isGzip: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('grow' as const), name: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), name: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('catch-up' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), uncommitted: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

it('gives every line of every file of a folder once, however it is restarted', async () => {
  const run = fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const folder = await temporaryFolder();
      await play(folder, steps);
      await rm(folder, { recursive: true });
    }),
    { numRuns: Number(process.env['CHAOS_RUNS'] ?? 25) },
  );
  await expect(run).resolves.toBeUndefined();
});

async function play(folder: string, steps: readonly Step[]): Promise<void> {
  const written: string[] = [];
  const files = new Map<number, string>();
  const texts: string[] = [];
  let following: Following | undefined;
  let checkpoint: Following['checkpoint'];
  const line = () => {
    written.push(`line ${written.length}`);
    return `${written.at(-1)}\n`;
  };
  const start = () => {
    following ??= follow({ path: folder, checkpoint, timing: { stableMs: 10 } });
  };
  const kill = async (uncommitted: number) => {
    await following?.stop();
    const committed = following?.commits.at(-1 - uncommitted);
    texts.push(...(following?.texts.slice(0, committed?.texts ?? 0) ?? []));
    checkpoint = committed?.checkpoint ?? checkpoint;
    following = undefined;
  };
  for (const step of steps) {
    if (step.do === 'arrive' && !files.has(step.name)) {
      const path = join(folder, `${step.name % 3}`, `${step.name}.json`);
      if (step.isGzip) await put(`${path}.gz`, gzipSync(line() + line()));
      else await put(path, line());
      files.set(step.name, step.isGzip ? `${path}.gz` : path);
    } else if (step.do === 'grow') {
      const path = files.get(step.name);
      if (path?.endsWith('.json') === true) await appendFile(path, line());
    } else if (step.do === 'move') {
      const path = files.get(step.name);
      if (path === undefined) continue;
      const moved = join(
        folder,
        'moved',
        `${step.name}-${written.length}${path.endsWith('.gz') ? '.json.gz' : '.json'}`,
      );
      await mkdir(dirname(moved), { recursive: true });
      await rename(path, moved);
      files.set(step.name, moved);
    } else if (step.do === 'start') start();
    else if (step.do === 'kill') await kill(step.uncommitted);
    else if (step.do === 'catch-up' && following !== undefined) await caughtUp(following);
  }
  await put(join(folder, 'last.json'), line());
  start();
  if (following !== undefined) await caughtUp(following);
  await kill(0);
  expect(texts.toSorted()).toEqual(written.toSorted());
}
