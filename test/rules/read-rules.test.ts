import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuleFiles } from '../../src/rules/read-rules.effect.ts';

describe('reading rule files', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whosaw-rules-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function write(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), `title: ${name}`);
    }
  }

  async function read(...paths: readonly string[]): Promise<readonly (readonly [string, number, string])[]> {
    const files = await readRuleFiles(paths.map((path) => join(folder, path)));
    return files.map(({ file, folder: number, text }) => [file.slice(folder.length + 1), number, text]);
  }

  it('takes the YAML files of each folder in the order of their paths, and the folders in theirs', async () => {
    await write(
      'one/b.yml',
      'one/a.yaml',
      'one/sub/c.yml',
      'one/read.me',
      'two/a.yml',
      'one/.hidden.yml',
      'one/.git/x.yml',
    );
    expect(await read('two', 'one')).toEqual([
      ['two/a.yml', 0, 'title: two/a.yml'],
      ['one/a.yaml', 1, 'title: one/a.yaml'],
      ['one/b.yml', 1, 'title: one/b.yml'],
      ['one/sub/c.yml', 1, 'title: one/sub/c.yml'],
    ]);
  });

  it('takes a single file', async () => {
    await write('one/b.yml', 'one/a.yml');
    expect(await read('one/b.yml')).toEqual([['one/b.yml', 0, 'title: one/b.yml']]);
  });

  it('follows links, as a mounted volume has them, and ends where they lead back', async () => {
    await write('..data/mine.yml', 'one/a.yml');
    await symlink(join(folder, '..data', 'mine.yml'), join(folder, 'one', 'mine.yml'));
    await symlink(join(folder, 'one'), join(folder, 'one', 'again'));
    expect((await read('one')).map(([file]) => file)).toEqual(['one/a.yml', 'one/mine.yml']);
  });

  it('says what it can not read', async () => {
    await expect(read('nowhere')).rejects.toMatchObject({ code: 'RULES_INVALID', retryable: false });
    await expect(read('nowhere')).rejects.toThrow('nowhere');
    await write('one/a.yml');
    await symlink(join(folder, 'gone.yml'), join(folder, 'one', 'broken.yml'));
    await expect(read('one')).rejects.toThrow('broken.yml');
  });
});
