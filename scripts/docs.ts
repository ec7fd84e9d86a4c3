import { writeFile } from 'node:fs/promises';
import { generatedDocs } from './generated-docs.ts';

for (const [file, text] of await generatedDocs()) {
  await writeFile(new URL(`../${file}`, import.meta.url), text);
  console.log(file);
}
