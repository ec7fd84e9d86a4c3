import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generatedDocs } from '../scripts/generated-docs.ts';

it('the documentation says what the code says; `npm run docs` makes it so', async () => {
  for (const [file, text] of await generatedDocs()) {
    expect({ file, text: await readFile(new URL(`../${file}`, import.meta.url), 'utf8') }).toEqual({ file, text });
  }
});
