import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generatedDocs } from '../scripts/generated-docs.ts';
import { generatedSchemas } from '../scripts/generated-schemas.ts';

it('the schemas are those of the code; `npm run docs` makes them so', async () => {
  for (const [file, text] of generatedSchemas()) {
    expect(await readFile(new URL(`../${file}`, import.meta.url), 'utf8')).toBe(text);
  }
});

it('the documentation says what the code says; `npm run docs` makes it so', async () => {
  for (const [file, text] of await generatedDocs()) {
    expect({ file, text: await readFile(new URL(`../${file}`, import.meta.url), 'utf8') }).toEqual({ file, text });
  }
});
