import { appendFile, cp, mkdir, open, rename, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { followFiles } from '../../../src/sources/files/follow-files.ts';
import { temporaryFolder } from './folder.ts';
import { caughtUp, contentAt, follow, SOON } from './following.ts';
import { lines } from './line-format.ts';

async function place(): Promise<{ folder: string; log: string }> {
  const folder = await temporaryFolder();
  return { folder, log: join(folder, 'audit.log') };
}

describe('growth', () => {
  it('reads what is there and what is written, with its place', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await appendFile(log, 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three']);
    expect(following.checkpoint).toMatchObject({
      version: 1,
      contents: [{ path: 'audit.log', offset: 14, done: false }],
    });
  });

  it('keeps half a line until it is whole, and has not seen everything until then', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntw');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    expect(following.checkpoint).toMatchObject({ contents: [{ offset: 4 }] });
    expect(following.seenTo).toEqual([]);
    await appendFile(log, 'o\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await caughtUp(following);
  });

  it('takes up where the checkpoint ends, half a line included', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntw');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one']);
    await first.stop();
    await appendFile(log, 'o\nthree\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['two', 'three']);
  });

  it('reads lines of more than 16 MB', async () => {
    const { log } = await place();
    const long = 'x'.repeat(17 * 1024 * 1024);
    await writeFile(log, `one\n${long}\ntwo\n`);
    const following = follow({ path: log });
    await caughtUp(following);
    expect(following.texts.map(({ length }) => length)).toEqual([3, long.length, 3]);
  });

  it('hands on batches of bounded size, each with its own checkpoint', async () => {
    const { log } = await place();
    await writeFile(log, 'some line of the log\n'.repeat(3_000));
    const following = follow({ path: log, limits: { chunkBytes: 1_024, batchRecords: 100, batchMs: 1_000 } });
    await caughtUp(following);
    expect(following.texts).toHaveLength(3_000);
    expect(Math.max(...following.sizes)).toBeLessThan(200);
    expect(following.sizes.length).toBeGreaterThan(15);
  });

  it('says that it saw everything right behind a batch that did not', async () => {
    const { log } = await place();
    await writeFile(log, '');
    const limits = { batchRecords: 1 };
    const following = follow({ path: log, limits, timing: { seenEveryMs: 60_000 } });
    await expect.poll(() => following.seenTo.length, SOON).toBe(1);
    await appendFile(log, 'one\n');
    await expect.poll(() => following.seenTo.length, SOON).toBe(2);
    expect(following.sizes).toEqual([0, 1, 0]);
  });

  it('brings a line to its batch within 50 ms when idle', async () => {
    const { log } = await place();
    await writeFile(log, '');
    const following = follow({ path: log, timing: { pollMs: 200 } });
    await caughtUp(following);
    const delays: number[] = [];
    for (let n = 0; n < 9; n++) {
      const start = performance.now();
      await appendFile(log, `line ${n}\n`);
      await expect.poll(() => following.texts.length, { interval: 1 }).toBe(n + 1);
      delays.push(performance.now() - start);
    }
    expect(delays.sort((a, b) => a - b)[4]).toBeLessThan(50);
  });

  it('tells the framer that nothing comes, and when it saw everything', async () => {
    const { log } = await place();
    await writeFile(log, 'ask a\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['ask a (unanswered)']);
    await caughtUp(following);
  });

  it('passes over what is there with from: end, and reads what comes', async () => {
    const { log } = await place();
    await writeFile(`${log}.1`, 'older\n');
    await writeFile(`${log}.2.gz`, gzipSync('oldest\n'));
    await writeFile(log, 'one\ntwo\n');
    const following = follow({ path: log, from: 'end' });
    await caughtUp(following);
    await appendFile(log, 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual(['three']);
    await following.stop();
    const again = follow({ path: log, from: 'end', checkpoint: following.checkpoint });
    await appendFile(log, 'four\n');
    await expect.poll(() => again.texts, SOON).toEqual(['four']);
  });
});

describe('a file that is not there', () => {
  it('is waited for, said once', async () => {
    const { log } = await place();
    const following = follow({ path: log });
    await expect.poll(() => following.notices).toEqual([`Waits for a file that does not exist yet. ${log}`]);
    await writeFile(log, 'one\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    expect(following.notices).toHaveLength(1);
  });

  it('may turn out to be a folder, or to lie in one that is not there either', async () => {
    const { folder } = await place();
    const path = join(folder, 'deep', 'er');
    const following = follow({ path });
    await expect.poll(() => following.notices.length).toBe(1);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'a.json'), 'one\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
  });

  it('may be deleted and created anew', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await unlink(log);
    await writeFile(log, 'two\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await appendFile(log, 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three']);
  });

  it('may not be readable: said once, tried again', async () => {
    const { folder, log } = await place();
    // A loop of links fails for every user, the superuser included.
    await symlink(log, log);
    const following = follow({ path: log });
    await expect
      .poll(() => following.notices)
      .toEqual([`May not read what it should follow; tries again. ${log} ELOOP`]);
    await writeFile(join(folder, 'other'), 'one\n');
    await rename(join(folder, 'other'), log);
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    expect(following.notices).toHaveLength(1);
  });
});

describe('rotation', () => {
  it('by rename: drains the old file, whose writer goes on until it is told', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    const writer = await open(log, 'a');
    await rename(log, `${log}.1`);
    await writer.appendFile('two\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await writer.appendFile('three\n');
    await writer.close();
    await writeFile(log, 'four\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three', 'four']);
    await expect.poll(() => contentAt(following, 'audit.log.1')).toMatchObject({ done: true, offset: 14 });
    await following.stop();
    const again = follow({ path: log, checkpoint: following.checkpoint });
    await caughtUp(again);
    expect(again.texts).toEqual([]);
  });

  it('follows a writer that goes on in the old file though the new one is there', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    const writer = await open(log, 'a');
    await rename(log, `${log}.1`);
    await writeFile(log, '');
    await expect.poll(() => contentAt(following, 'audit.log.1')).toMatchObject({ done: true });
    await writer.appendFile('two\n');
    await writer.close();
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
  });

  it('finishes half a line in the old file, and what waits there is answered in the new one', async () => {
    const { log } = await place();
    await writeFile(log, 'ask a\nha');
    const following = follow({ path: log, timing: { drainMs: 60_000, idleEveryMs: 60_000 } });
    await expect.poll(() => following.notices, SOON).toEqual([]);
    const writer = await open(log, 'a');
    await rename(log, `${log}.1`);
    await writeFile(log, 'one\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await writer.appendFile('lf\n');
    await writer.close();
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'half']);
    await appendFile(log, 'answer a\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'half', 'answer a (asked)']);
    expect(following.rejections).toEqual([]);
  });

  it('does not give up the old file before there is a new one', async () => {
    const { log } = await place();
    await writeFile(log, 'one\nask a\n');
    const following = follow({ path: log, timing: { drainMs: 0, idleEveryMs: 60_000 } });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await rename(log, `${log}.1`);
    for (const line of ['two', 'three', 'four']) {
      await appendFile(`${log}.1`, `${line}\n`);
      await expect.poll(() => following.texts.at(-1), SOON).toBe(line);
    }
    await writeFile(log, 'answer a\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three', 'four', 'answer a (asked)']);
  });

  it('while stopped: goes on in the renamed file, then in the new one', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one']);
    await first.stop();
    await appendFile(log, 'two\n');
    await rename(log, `${log}.1`);
    await writeFile(log, 'three\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['two', 'three']);
  });

  it('reads rotated parts first, the oldest first', async () => {
    const { folder, log } = await place();
    await writeFile(`${log}-20260101`, 'dated one\n');
    await writeFile(`${log}-20260102.gz`, gzipSync('dated two\n'));
    await writeFile(`${log}.10.gz`, gzipSync('ten\n'));
    await writeFile(`${log}.9`, 'nine\n');
    await writeFile(`${log}.1`, 'last\n');
    await writeFile(log, 'live\n');
    await writeFile(join(folder, 'other.log.1'), 'not mine\n');
    await writeFile(`${log}.bak`, 'not mine\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['dated one', 'dated two', 'ten', 'nine', 'last', 'live']);
  });

  it('does not read a compressed part again', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await rename(log, `${log}.1`);
    await writeFile(log, 'two\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await writeFile(`${log}.1.gz`, gzipSync('one\n'));
    await unlink(`${log}.1`);
    await caughtUp(following);
    await following.stop();
    const again = follow({ path: log, checkpoint: following.checkpoint });
    await appendFile(log, 'three\n');
    await expect.poll(() => again.texts, SOON).toEqual(['three']);
    expect([...following.texts, ...again.texts]).toEqual(['one', 'two', 'three']);
  });

  it('goes on inside a part that was compressed while stopped', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one', 'two']);
    await first.stop();
    await unlink(log);
    await writeFile(`${log}.2.gz`, gzipSync('one\ntwo\nthree\n'));
    await writeFile(`${log}.1`, 'four\n');
    await writeFile(log, 'five\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['three', 'four', 'five']);
    expect(second.notices).toEqual([]);
  });

  it('waits until a compressed file is whole', async () => {
    const { log } = await place();
    const gz = gzipSync('older one\nolder two\n');
    await writeFile(log, 'live\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['live']);
    await writeFile(`${log}.1.gz`, gz.subarray(0, 20));
    await appendFile(log, 'more\n');
    await expect.poll(() => following.texts, SOON).toEqual(['live', 'more']);
    await appendFile(`${log}.1.gz`, gz.subarray(20));
    await expect.poll(() => following.texts.toSorted()).toEqual(['live', 'more', 'older one', 'older two']);
    expect(following.rejections).toEqual([]);
  });

  it('keeps what a compressed file that ends early has, and rejects the rest', async () => {
    const { log } = await place();
    const text = Array.from({ length: 50_000 }, (_, n) => `line ${n}\n`).join('');
    const gz = gzipSync(text);
    await writeFile(`${log}.1.gz`, gz.subarray(0, gz.length - 2_000));
    await writeFile(log, 'live\n');
    const following = follow({ path: log });
    await expect.poll(() => following.rejections.length, { timeout: 30_000 }).toBe(2);
    const whole = following.texts.length;
    expect(whole).toBeGreaterThan(40_000);
    expect(following.rejections[0]).toMatchObject({
      origin: { file: `${log}.1.gz` },
      reason: 'truncated',
      message: 'The gzip file ends early: what follows here is missing.',
    });
    await caughtUp(following);
    expect(following.texts).toHaveLength(whole);
  });

  it('carries what waits for its answer into the next part', async () => {
    const { log } = await place();
    await writeFile(`${log}.2.gz`, gzipSync('ask a\nask b\n'));
    await writeFile(`${log}.1`, 'answer a\n');
    await writeFile(log, 'answer b\nask c\n');
    const following = follow({ path: log, timing: { idleEveryMs: 60_000 } });
    await expect.poll(() => following.texts, SOON).toEqual(['answer a (asked)', 'answer b (asked)']);
    await rename(log, `${log}.0`);
    await writeFile(log, 'answer c\n');
    await expect
      .poll(() => following.texts, SOON)
      .toEqual(['answer a (asked)', 'answer b (asked)', 'answer c (asked)']);
  });
});

describe('truncation', () => {
  it('starts over and says that lines may be lost', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await truncate(log);
    await appendFile(log, 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three']);
    expect(following.notices).toEqual([
      `A file was truncated: what was written shortly before and is in no copy of it is lost. ${log} 8`,
    ]);
  });

  it('shows by the size when the first bytes stay', async () => {
    const { log } = await place();
    const [one, two] = ['1'.repeat(1_500), '2'.repeat(1_500)];
    await writeFile(log, `${one}\n${two}\n`);
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual([one, two]);
    await truncate(log, 1_501);
    await expect.poll(() => following.texts, SOON).toEqual([one, two, one]);
    await appendFile(log, 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual([one, two, one, 'three']);
  });

  it('in the middle of reading: the rest comes from the copy', async () => {
    const { log } = await place();
    const written = Array.from({ length: 2_000 }, (_, n) => `line ${n}`);
    await writeFile(log, `${written.join('\n')}\n`);
    const texts: string[] = [];
    const stopping = new AbortController();
    const limits = { chunkBytes: 1_024, batchRecords: 50 };
    const collector = followFiles({ name: 'test', path: log, format: lines, notice: () => {}, limits });
    for await (const { records } of collector.read(undefined, stopping.signal)) {
      if (texts.length === 0) {
        await cp(log, `${log}.1`);
        await truncate(log);
        await appendFile(log, 'last\n');
      }
      texts.push(...records.map(({ text }) => text));
      if (texts.length === written.length + 1) stopping.abort();
    }
    expect(texts.toSorted()).toEqual([...written, 'last'].toSorted());
  });

  it('shows by the first bytes when the file has grown beyond the old offset', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one', 'two']);
    await first.stop();
    await truncate(log);
    await appendFile(log, 'three\nfour\nfive\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['three', 'four', 'five']);
    await expect.poll(() => second.notices.length).toBe(1);
  });

  it('reads in the copy what was not read before', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one', 'two']);
    await first.stop();
    await appendFile(log, 'three\n');
    await cp(log, `${log}.1`);
    await truncate(log);
    await appendFile(log, 'four\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['three', 'four']);
  });

  it('does not read a copy that ends before the last lines', async () => {
    const { log } = await place();
    const one = '1'.repeat(1_500);
    await writeFile(log, `${one}\ntwo\n`);
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual([one, 'two']);
    await cp(log, `${log}.1`);
    await appendFile(log, 'three\n');
    await expect.poll(() => first.texts, SOON).toEqual([one, 'two', 'three']);
    await first.stop();
    await truncate(log);
    await appendFile(log, 'four\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['four']);
    await caughtUp(second);
    expect(second.texts).toEqual(['four']);
  });

  it('does not read the copy of a file that is being followed', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await cp(log, `${log}.1`);
    await caughtUp(following);
    await truncate(log);
    await appendFile(log, 'two\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await caughtUp(following);
    expect(following.texts).toEqual(['one', 'two']);
  });
});

describe('identity', () => {
  it('does not take a new content for an old one because it has its inode', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one', 'two']);
    await first.stop();
    // The same inode and size, as after deleting and creating on a file system that hands inodes out again.
    await writeFile(log, 'uno\ndue\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['uno', 'due']);
  });

  it('knows a content again whose inode and device are others', async () => {
    const { log } = await place();
    await writeFile(log, 'one\ntwo\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one', 'two']);
    await first.stop();
    await cp(log, `${log}.moved`);
    await rename(`${log}.moved`, log);
    await appendFile(log, 'three\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['three']);
  });

  it('follows a link to where it leads now', async () => {
    const { folder, log } = await place();
    await writeFile(join(folder, 'a'), 'one\n');
    await writeFile(join(folder, 'b'), 'two\n');
    await symlink('a', log);
    const following = follow({ path: log });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    await symlink('b', join(folder, 'next'));
    await rename(join(folder, 'next'), log);
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two']);
    await appendFile(join(folder, 'b'), 'three\n');
    await expect.poll(() => following.texts, SOON).toEqual(['one', 'two', 'three']);
  });

  it('forgets files that are gone', async () => {
    const { log } = await place();
    await writeFile(log, 'live\n');
    const following = follow({ path: log });
    for (let n = 0; n < 60; n++) {
      await writeFile(`${log}.${n}`, `part ${n}\n`);
      await expect.poll(() => following.texts.includes(`part ${n}`), { interval: 2 }).toBe(true);
      await unlink(`${log}.${n}`);
    }
    await caughtUp(following);
    expect(following.checkpoint).toHaveProperty(
      'contents.length',
      expect.toSatisfy((length) => length <= 40),
    );
  });

  it('forgets what was replaced', async () => {
    const { folder, log } = await place();
    await writeFile(log, 'live\n');
    const following = follow({ path: log });
    for (let n = 0; n < 60; n++) {
      await writeFile(join(folder, 'next'), `live ${n}\n`);
      await rename(join(folder, 'next'), log);
      await expect.poll(() => following.texts.at(-1), SOON).toBe(`live ${n}`);
    }
    await caughtUp(following);
    expect(following.checkpoint).toHaveProperty(
      'contents.length',
      expect.toSatisfy((length) => length <= 50),
    );
  });

  it('starts over with a checkpoint of another kind, and says so', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const following = follow({ path: log, checkpoint: { cursor: 'x' } });
    await expect.poll(() => following.texts, SOON).toEqual(['one']);
    expect(following.notices).toEqual(['The checkpoint of this source is of another kind: everything is read again. ']);
  });

  it('says when an unread content is nowhere any more', async () => {
    const { log } = await place();
    await writeFile(log, 'one\n');
    const first = follow({ path: log });
    await expect.poll(() => first.texts, SOON).toEqual(['one']);
    await first.stop();
    await unlink(log);
    await writeFile(log, 'two\n');
    const second = follow({ path: log, checkpoint: first.checkpoint });
    await expect.poll(() => second.texts, SOON).toEqual(['two']);
    await expect
      .poll(() => second.notices)
      .toEqual(['A file went away before its end was seen: what came after this offset may be lost. audit.log 4']);
  });
});
