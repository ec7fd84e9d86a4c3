import { mkdir, writeFile } from 'node:fs/promises';
import { generatedDocs } from './generated-docs.ts';
import { generatedSchemas } from './generated-schemas.ts';

await mkdir(new URL('../schemas/', import.meta.url), { recursive: true });
for (const [file, text] of [...(await generatedDocs()), ...generatedSchemas()]) {
  await writeFile(new URL(`../${file}`, import.meta.url), text);
  console.log(file);
}
