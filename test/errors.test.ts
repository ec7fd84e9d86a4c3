import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../src/core/errors.ts';

it('documents every error code, and no other', async () => {
  const text = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8');
  const documented = Array.from(text.matchAll(/^\| ([A-Z_]+) \|/gm), (match) => match[1]);
  expect(documented.toSorted()).toEqual([...ERROR_CODES].toSorted());
});
