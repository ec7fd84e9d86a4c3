import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastLineEnd } from '../../../src/sources/files/open-content.ts';
import { temporaryFolder } from './folder.ts';

it.each([
  ['whole lines', 'one\ntwo\n', 8],
  ['half a line at the end', 'one\ntw', 4],
  ['only half a line', 'tw', 0],
  ['nothing', '', 0],
  ['a line longer than a MiB', `one\n${'x'.repeat(1_100_000)}`, 1_100_004],
  ['a line that ends within the last MiB', `${'x'.repeat(1_100_000)}\ntwo`, 1_100_001],
])('lastLineEnd of %s', async (_, text, expected) => {
  const path = join(await temporaryFolder(), 'x');
  await writeFile(path, text);
  const handle = await open(path);
  expect(await lastLineEnd(handle, text.length)).toBe(expected);
  await handle.close();
});
